// What a page that is being worked on loads first: the runtime and hot updates.
import "./runtime/index.ts";
import "./hot/index.ts";
