// Hot updates as we make them: an app behind the HTTP API, each batch of edits one request.
import assert from "node:assert/strict";
import { uploaded } from "./app.mjs";

export class OurTarget {
  name = "ours";
  /** How long what is expected may take to come, in milliseconds. */
  patience = 10_000;
  #count = 0;

  constructor(server) {
    this.server = server;
  }

  async open(files) {
    const slug = `hot-${(this.#count += 1)}`;
    const { previewUrl } = await uploaded(this.server, slug, files);
    return {
      slug,
      url: previewUrl,
      write: async (changes) => {
        const entries = Object.entries(changes);
        const upsert = Object.fromEntries(entries.filter(([, content]) => content !== null));
        const gone = entries.filter(([, content]) => content === null).map(([path]) => path);
        const answer = await this.server.call("PATCH", `/v1/apps/${slug}/files`, { json: { upsert, delete: gone } });
        assert.equal(answer.status, 200, answer.bytes.toString());
        return answer.json;
      },
      broadcast: async (event, data) => {
        const answer = await this.server.call("POST", `/v1/apps/${slug}/broadcast`, { json: { event, data } });
        assert.ok(answer.status < 300, answer.bytes.toString());
      },
      close: () => {},
    };
  }

  /** A page knows what it runs and asks for what came since, so edits needn't wait; messages have to. */
  ready(page, loads, { custom }) {
    return !custom || page.said.filter(({ text }) => text.startsWith("[overskill] connected")).length >= loads;
  }

  /** What the page says of an error: the text of the overlay, or of the page in place of an app that was never built; or null. */
  overlay(page) {
    return page.evaluate(() => {
      const shown = document.querySelector("overskill-overlay")?.shadowRoot ?? document.querySelector("main:has(> section.error)");
      return shown?.textContent ?? null;
    });
  }

  close() {}
}
