SELECT ces_fold_rollup('daily');
