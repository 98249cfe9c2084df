// The Rails that the tests of its relay run against: the gems of Action Cable and Puma that are installed, or Debian's.
import { spawnSync } from "node:child_process";
import { apt } from "./cargo.mjs";
import { Stop, which } from "./run.mjs";

const GEMS = ["action_cable", "action_dispatch", "puma"];
const PACKAGES = ["ruby", "ruby-actioncable", "ruby-actionpack", "puma"];

/** Whether Ruby finds what it needs. */
const installed = () => Boolean(which("ruby")) && spawnSync("ruby", [...GEMS.map((name) => `-r${name}`), "-e", "exit"]).status === 0;

export const rails = {
  name: "Action Cable",
  done: installed,
  run: async () => {
    if (process.getuid?.() !== 0 || !which("apt-get")) {
      throw new Stop(`Action Cable is missing, for the tests of its relay. Install Ruby, then: gem install actioncable puma (or apt-get install ${PACKAGES.join(" ")})`);
    }
    await apt("update");
    await apt("install", "-y", "--no-install-recommends", ...PACKAGES);
    if (!installed()) throw new Stop("what apt-get installed is not found by ruby");
  },
};
