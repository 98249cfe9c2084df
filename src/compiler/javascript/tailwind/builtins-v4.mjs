// What Tailwind 4 apps import that is built in: style sheets, and the modules that their configurations and plugins use.
import preflight from "tailwindcss/preflight.css";
import tailwind from "tailwindcss/index.css";
import theme from "tailwindcss/theme.css";
import utilities from "tailwindcss/utilities.css";
import animate from "tw-animate-css";
import animatePrefix from "tw-animate-css/prefix";
import { frozen, named } from "./builtins.mjs";

const own = { tailwindcss: tailwind, "tailwindcss/index": tailwind, "tailwindcss/preflight": preflight, "tailwindcss/theme": theme, "tailwindcss/utilities": utilities };

/** Specifier → text. */
export const SHEETS = {
  ...own,
  ...Object.fromEntries(Object.entries(own).map(([name, text]) => [`${name}.css`, text])),
  "tw-animate-css": animate,
  "tw-animate-css/prefix": animatePrefix,
};

const MODULES = {
  "tailwindcss/plugin": async () => named((await import("tailwindcss/plugin")).default),
  "tailwindcss/colors": async () => frozen((await import("tailwindcss/colors")).default),
  "tailwindcss/defaultTheme": async () => frozen((await import("tailwindcss/defaultTheme")).default),
  "tailwindcss/lib/util/flattenColorPalette": async () => named((await import("tailwindcss/lib/util/flattenColorPalette")).default),
  "@tailwindcss/typography": async () => import("@tailwindcss/typography"),
  "@tailwindcss/forms": async () => import("@tailwindcss/forms"),
  "@tailwindcss/aspect-ratio": async () => import("@tailwindcss/aspect-ratio"),
  "@tailwindcss/container-queries": async () => import("@tailwindcss/container-queries"),
  "tailwindcss-animate": async () => import("tailwindcss-animate"),
  daisyui: async () => import("daisyui"),
  "daisyui/theme": async () => import("daisyui/theme"),
};

/** The exports of a module that is built in; `undefined` for any other. */
export async function builtin(specifier) {
  const name = specifier.startsWith("tailwindcss/") ? specifier.replace(/\.m?js$/, "") : specifier;
  if (!Object.hasOwn(MODULES, name)) return undefined;
  const exports = await MODULES[name]();
  return { default: exports.default ?? exports };
}
