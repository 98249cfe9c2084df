// The Chromium that browser tests run in: the one that is installed, or Debian's.
import { existsSync } from "node:fs";
import { apt } from "./cargo.mjs";
import { Stop, which } from "./run.mjs";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const MACOS = ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium"];

/** Where it is: `CHROME_PATH`, on PATH, or where macOS keeps applications; `undefined` when it isn't installed. */
export function chromiumPath() {
  const { CHROME_PATH } = process.env;
  if (CHROME_PATH) {
    if (existsSync(CHROME_PATH)) return CHROME_PATH;
    throw new Stop(`CHROME_PATH names ${CHROME_PATH}, which is not there`);
  }
  return NAMES.map(which).find(Boolean) ?? MACOS.find((path) => existsSync(path));
}

export const chromium = {
  name: "chromium",
  done: () => Boolean(chromiumPath()),
  run: async () => {
    if (process.getuid?.() !== 0 || !which("apt-get")) {
      throw new Stop("Chromium is missing, for the browser tests. Install it (apt-get install chromium, brew install --cask chromium), or set CHROME_PATH");
    }
    await apt("update");
    await apt("install", "-y", "chromium");
    if (!chromiumPath()) throw new Stop("apt-get installed no Chromium. Set CHROME_PATH to one");
  },
};
