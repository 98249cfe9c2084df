// `picocolors` without a terminal: text as it is.
module.exports = new Proxy({}, { get: (_, name) => (name === "__esModule" ? undefined : String) });
