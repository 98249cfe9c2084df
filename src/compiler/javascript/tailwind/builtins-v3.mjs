// What Tailwind 3 apps import that is built in. In this half of the build, `tailwindcss` is version 3.
import base from "tailwindcss/base.css";
import components from "tailwindcss/components.css";
import screens from "tailwindcss/screens.css";
import tailwind from "tailwindcss/tailwind.css";
import utilities from "tailwindcss/utilities.css";
import variants from "tailwindcss/variants.css";
import animate from "tw-animate-css";
import { frozen, named } from "./builtins.mjs";

const own = { base, components, screens, tailwind, utilities, variants };

/** Specifier → text. */
export const SHEETS = {
  ...Object.fromEntries(Object.entries(own).flatMap(([name, text]) => [[`tailwindcss/${name}`, text], [`tailwindcss/${name}.css`, text]])),
  "tw-animate-css": animate,
};

const MODULES = {
  "tailwindcss/plugin": async () => named((await import("tailwindcss/plugin")).default),
  "tailwindcss/colors": async () => frozen((await import("tailwindcss/colors")).default),
  "tailwindcss/defaultTheme": async () => frozen((await import("tailwindcss/defaultTheme")).default),
  "tailwindcss/defaultConfig": async () => frozen((await import("tailwindcss/defaultConfig")).default),
  "tailwindcss/resolveConfig": async () => named((await import("tailwindcss/resolveConfig")).default),
  "tailwindcss/lib/util/flattenColorPalette": async () => named(inner(await import("tailwindcss/lib/util/flattenColorPalette"))),
  "tailwindcss/lib/util/toColorValue": async () => named(inner(await import("tailwindcss/lib/util/toColorValue"))),
  "@tailwindcss/typography": async () => import("@tailwindcss/typography"),
  "@tailwindcss/forms": async () => import("@tailwindcss/forms"),
  "@tailwindcss/aspect-ratio": async () => import("@tailwindcss/aspect-ratio"),
  "@tailwindcss/container-queries": async () => import("@tailwindcss/container-queries"),
  "tailwindcss-animate": async () => import("tailwindcss-animate"),
  daisyui: async () => import("daisyui-v4"),
};

/** The default export, where a bundler wraps it once more. */
function inner(exports) {
  const { default: value } = exports;
  return value?.__esModule ? value.default : value;
}

/** The exports of a module that is built in; `undefined` for any other. */
export async function builtin(specifier) {
  const name = specifier.startsWith("tailwindcss/") ? specifier.replace(/\.js$/, "") : specifier;
  if (!Object.hasOwn(MODULES, name)) return undefined;
  const exports = await MODULES[name]();
  return { default: inner(exports) ?? exports };
}
