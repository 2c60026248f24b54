// Only the cube `stored` needs this: it tells Cube how to keep a tally in a pre-aggregation.
// Cube can't be told of new aggregates, but its approximate distinct counts are kept as sketches
// and merged later. Here a tally is the sketch, and nothing about it is approximate.
const { PostgresQuery } = require('@cubejs-backend/schema-compiler');

class Tallies extends PostgresQuery {
  // arguments of ces_tally: a score and its scale
  countDistinctApprox(scoreAndScale) {
    return `ces_tally(${scoreAndScale})`;
  }

  hllInit(scoreAndScale) {
    return `ces_tally(${scoreAndScale})`;
  }

  hllMerge(tally) {
    return `ces_rollup(${tally})`;
  }
}

module.exports = {
  dialectFactory: () => Tallies,
};
