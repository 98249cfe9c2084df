// `util-deprecate` that tells nobody: the function as it is.
module.exports = (deprecated) => deprecated;
