// A proxy between browser and servers, as offices have them. Browsers take sockets through it by CONNECT, so it can refuse
// those of a host, and cut the ones that are open, while pages of the same host are let through.
import { once } from "node:events";
import { createServer, request } from "node:http";
import { connect } from "node:net";

/** Names below `localhost` lead here, whatever the resolver knows of them. */
const here = (name) => (name.endsWith(".localhost") ? "localhost" : name);

export class Proxy {
  #server;
  #refused = new Set();
  /** Both ends of each tunnel, by host. */
  #tunnels = new Map();

  static async start() {
    const proxy = new Proxy();
    proxy.#server = createServer(forward).on("connect", (asked, socket, head) => proxy.#tunnel(asked.url, socket, head));
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  /** What a browser is told. */
  get url() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  /** Cuts the sockets to a host (`name:port`), and lets no other through. */
  refuse(host) {
    this.#refused.add(host);
    for (const end of this.#tunnels.get(host) ?? []) end.destroy();
  }

  allow(host) {
    this.#refused.delete(host);
  }

  #tunnel(host, socket, head) {
    socket.on("error", () => {});
    if (this.#refused.has(host)) return socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    const [name, port] = host.split(":");
    const target = connect(Number(port), here(name), () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      target.write(head);
      socket.pipe(target).pipe(socket);
    });
    target.on("error", () => {});
    const ends = this.#tunnels.get(host) ?? new Set();
    this.#tunnels.set(host, ends);
    for (const [end, other] of [[socket, target], [target, socket]]) {
      ends.add(end);
      end.on("close", () => {
        ends.delete(end);
        other.destroy();
      });
    }
  }

  async stop() {
    for (const ends of this.#tunnels.values()) for (const end of ends) end.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}

function forward(asked, answer) {
  const { hostname, port, pathname, search } = new URL(asked.url);
  const outgoing = request({ host: here(hostname), port, path: pathname + search, method: asked.method, headers: asked.headers }, (incoming) => {
    answer.writeHead(incoming.statusCode, incoming.headers);
    incoming.pipe(answer);
  });
  outgoing.on("error", () => answer.destroy());
  asked.pipe(outgoing);
}
