// The edge as the platform sees it: what Rust builds, and the entry points that only JavaScript can declare.
export { AppSession, default } from "../../build/index.js";
export { Assets } from "./servers/assets.mjs";
export { ServerLog } from "./servers/log.mjs";
export { Outbound } from "./servers/outbound.mjs";
