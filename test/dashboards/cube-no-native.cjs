// Lets Cube answer queries where its native module, which npm doesn't have, can't be downloaded:
// node -r cube-no-native.cjs, run in the folder of Cube. It stands in for the last step, which puts
// the names of members into the rows. The SQL is Cube's own. There is no SQL API.
//
// It also keeps Cube, which has no setting for that, from listening on anything but loopback, and
// ends it with the process that started it.
const { createRequire } = require('node:module');
const net = require('node:net');
const { isMainThread } = require('node:worker_threads');
const native = createRequire(`${process.cwd()}/package.json`)('@cubejs-backend/native');

// A row of {responses__nps: '27.1'} becomes one of {'responses.nps': '27.1'}. A period has two names,
// with and without the granularity.
function answer({ aliasToMemberNameMap, query, resType }, columnar, root) {
  if (resType && resType !== 'default') throw new Error(`no native module for ${resType} results`);
  const { members, columns } = JSON.parse(columnar);
  const names = members.map((alias) => {
    const member = aliasToMemberNameMap[alias];
    const time = query.timeDimensions?.find((t) => `${t.dimension}.${t.granularity}` === member);
    return time ? [member, time.dimension] : [member];
  });
  const data = (columns[0] ?? []).map((_, row) => Object.fromEntries(
    names.flatMap((aliases, column) => aliases.map((name) => [name, columns[column][row]])),
  ));
  return { ...root, data };
}

native.setupLogger = () => {};
native.registerInterface = async () => {};
native.NativeInstance.prototype.newJinjaEngine = () => ({});
native.getFinalQueryResult = async (transform, columnar, root) =>
  Buffer.from(JSON.stringify(answer(transform, columnar, root)));
native.getFinalQueryResultMulti = async (transforms, columnars, root) => Buffer.from(JSON.stringify({
  ...root,
  pivotQuery: transforms[0].query,
  results: transforms.map((transform, i) => answer(transform, columnars[i], root.results[i])),
}));

const { listen } = net.Server.prototype;
net.Server.prototype.listen = function onLoopback(port, ...rest) {
  const isPort = ['number', 'string'].includes(typeof port) && /^\d+$/.test(port);
  return isPort ? listen.call(this, port, '127.0.0.1', ...rest) : listen.call(this, port, ...rest);
};

if (isMainThread) process.stdin.resume().on('end', () => process.exit());
