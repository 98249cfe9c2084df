// The process behind `vite.mjs`: serves the app in the working directory and says where.
import { build, createServer, preview } from "vite";

const place = { port: 0, host: "localhost", strictPort: false };
const started = performance.now();
if (process.argv[2] === "preview") {
  await build({ logLevel: "warn" });
  const took = performance.now() - started;
  const served = await preview({ logLevel: "warn", preview: { ...place, open: false } });
  process.send({ url: served.resolvedUrls.local[0], took });
} else {
  const server = await createServer({ logLevel: "warn", server: { ...place, open: false, hmr: { overlay: false } } });
  await server.listen();
  process.send({ url: server.resolvedUrls.local[0], took: performance.now() - started });
}
process.once("disconnect", () => process.exit());
