// Fixture apps laid out as `npm install` leaves them, with the packages that are installed here.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root } from "../../scripts/run.mjs";

const installed = join(root, "node_modules");
export const fixtures = join(root, "worker-tests/fixtures");

/** Under Tailwind 3 these are other versions, or have to find another Tailwind: what is there under which name. */
const TAILWIND_3 = {
  tailwindcss: "tailwindcss-v3",
  daisyui: "daisyui-v4",
  "tailwindcss-animate": "tailwindcss-animate",
  "@tailwindcss/typography": "@tailwindcss/typography",
  "@tailwindcss/forms": "@tailwindcss/forms",
  "@tailwindcss/aspect-ratio": "@tailwindcss/aspect-ratio",
  "@tailwindcss/container-queries": "@tailwindcss/container-queries",
};

/** Names of packages in a `node_modules`. */
const packages = (modules) =>
  readdirSync(modules).filter((name) => !name.startsWith(".")).flatMap((name) => (name.startsWith("@") ? readdirSync(join(modules, name)).map((each) => `${name}/${each}`) : [name]));

/** A `node_modules` of links to what is installed, with copies of what must not be found at its real place. */
function link(modules, copies) {
  for (const name of packages(installed)) {
    const place = join(modules, name);
    mkdirSync(dirname(place), { recursive: true });
    if (!copies[name]) symlinkSync(join(installed, name), place);
  }
  for (const [name, from] of Object.entries(copies)) cpSync(join(installed, from), join(modules, name), { recursive: true });
}

/** Names of the fixture apps. */
export const names = () => readdirSync(fixtures).filter((name) => existsSync(join(fixtures, name, "package.json"))).sort();

/** A folder that apps are laid out in, each beside the packages it asks for. */
export class Workshop {
  #work = mkdtempSync(join(tmpdir(), "overskill-fixtures-"));

  /** Copies a fixture; resolves to its folder. */
  lay(name) {
    const from = join(fixtures, name);
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(from, "package.json"), "utf8"));
    const three = /^[\^~]?3\./.test({ ...dependencies, ...devDependencies }.tailwindcss ?? "");
    const kind = join(this.#work, three ? "tailwind-3" : "tailwind-4");
    if (!existsSync(kind)) link(join(kind, "node_modules"), three ? TAILWIND_3 : {});
    const folder = join(kind, name);
    cpSync(from, folder, { recursive: true });
    return folder;
  }

  close() {
    rmSync(this.#work, { recursive: true, force: true });
  }
}
