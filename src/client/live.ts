// What a page that is being worked on loads first: the runtime, hot updates, and what keeps the page current.
import "./runtime/index.ts";
import "./hot/index.ts";
import "./live/index.ts";
