// The caches that server code has: they keep nothing. Goes into every app with a server.
for (const holder of [globalThis, Object.getPrototypeOf(globalThis)]) delete holder.caches;
const cache = {
  async match() {},
  async put(request, response) {
    await response.body?.cancel();
  },
  async delete() {
    return false;
  },
};
Object.defineProperty(globalThis, "caches", { value: { default: cache, open: async () => cache }, configurable: true, writable: true });
