// PostCSS configurations read as data: which plugins an app asks for, with their options.
import { eraser } from "./config/erase.mjs";
import { Reader } from "./config/reader.mjs";

/** What is done here for the plugin of that name; anything else is told about. */
const UNDERSTOOD = new Set([
  "tailwindcss", "@tailwindcss/postcss", "@tailwindcss/vite", "tailwindcss/nesting", "@tailwindcss/nesting", "autoprefixer",
  "postcss-import", "postcss-nesting", "postcss-nested",
]);

/**
 * A question is `{path, files}`: the configuration, and every file that it may need, path → text. The answer is
 * `{plugins, diagnostics}`, each plugin `{name, config}` with the path that its option `config` names.
 */
export async function answer({ path, files }, wasm) {
  const all = new Map(Object.entries(files).map(([name, text]) => [`/${name}`, text]));
  const named = path.endsWith("rc") ? `${path}.json` : path;
  all.set(`/${named}`, files[path]);
  const reader = new Reader({ files: all, builtins: async (name) => ({ default: marker(name) }), erase: eraser(wasm) });
  let value = await reader.read(`/${named}`);
  if (path === "package.json") value = value?.postcss;
  if (typeof value === "function") value = reader.guarded(() => value({ env: "development", mode: "development", cwd: "/", file: {}, options: {} }));
  const plugins = reader.guarded(() => listed(value?.plugins)) ?? [];
  const told = plugins.filter(({ name }) => !UNDERSTOOD.has(name)).map(({ name }) => ({
    code: "postcss-plugin-ignored",
    severity: "info",
    message: `The PostCSS plugin \`${name}\` isn't built in here, so its part is left out.`,
    path,
  }));
  const diagnostics = reader.diagnostics.map((diagnostic) => ({ ...diagnostic, path }));
  return { plugins: plugins.filter(({ name }) => UNDERSTOOD.has(name)), diagnostics: [...diagnostics, ...told] };
}

/** Stands for a plugin, called with options or not. */
function marker(name) {
  const plugin = (options) => ({ name, options });
  plugin.named = name;
  plugin.default = plugin;
  return plugin;
}

/** Plugins by name, in order; those that are switched off are none. */
function listed(plugins) {
  if (Array.isArray(plugins)) return plugins.flat().map(one).filter(Boolean);
  if (typeof plugins !== "object" || plugins === null) return [];
  return Object.entries(plugins).filter(([, options]) => options).map(([name, options]) => described(name, options));
}

function one(plugin) {
  if (typeof plugin === "string") return described(plugin);
  if (typeof plugin === "function" && plugin.named) return described(plugin.named);
  return typeof plugin?.name === "string" ? described(plugin.name, plugin.options) : undefined;
}

function described(name, options) {
  const config = typeof options === "string" ? options : options?.config;
  return { name, config: typeof config === "string" ? config.replace(/^(\.?\/)+/, "") : undefined };
}
