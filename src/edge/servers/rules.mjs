// Whom an app's server code may speak to over the network.

const below = (host, domain) => host === domain || host.endsWith(`.${domain}`);

/**
 * Why `url` is not let through, or nothing. `hosts` are those that are listed, if only they are; `own` is this
 * installation: a domain with all of its hosts, further hosts, and where it is reached by a port of its own, whatever is
 * at that port. Without a policy nothing is let through.
 */
export function refused(url, policy) {
  if (!policy) return "`outbound` is off";
  const { hosts, own } = policy;
  const { hostname, protocol } = url;
  const port = url.port || { "http:": "80", "https:": "443" }[protocol];
  const host = hostname.replace(/\.$/, "");
  if (port === undefined) return `${protocol} is no protocol of the network`;
  if (below(host, own.domain) || own.hosts.includes(host) || (own.port && port === own.port)) return `${host} is not to be reached from server code`;
  const listed = (name) => (name.startsWith("*.") ? host.endsWith(name.slice(1)) : host === name);
  if (hosts && !hosts.some(listed)) return `${host} is not among the hosts that package.json lists`;
  return undefined;
}

/** Sends a request on. Redirects come here one by one: the runtime of whoever fetches follows them. */
export function passed(request, policy) {
  const why = refused(new URL(request.url), policy);
  if (why) throw new Error(`Not let through: ${why}.`);
  const headers = new Headers(request.headers);
  // Who is spoken to is told by the address alone.
  headers.delete("host");
  return fetch(new Request(request.url, { method: request.method, headers, body: request.body, redirect: "manual", signal: request.signal }));
}
