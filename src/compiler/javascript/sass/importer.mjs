// How Sass finds the sheets that a sheet loads: by what the question says that their specifiers mean.

/** The address of a path of the app. */
export const urlOf = (path) => new URL(`file:///${path.split("/").map(encodeURIComponent).join("/")}`);

/** The path of an address; `undefined` for what is no file of the app. */
export const pathOf = (url) => (url?.protocol === "file:" ? decodeURIComponent(url.pathname.slice(1)) : undefined);

/** In which of its languages a sheet is written. */
export function syntax(path) {
  if (path.endsWith(".sass")) return "indented";
  return path.endsWith(".css") ? "css" : "scss";
}

/** A specifier as its author has it, which Sass has encoded. */
function written(address) {
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}

/** An importer; what `names` says nothing of is put among the `wanted`. */
export function importer({ files, names, wanted }) {
  return {
    canonicalize(address, { containingUrl }) {
      const from = pathOf(containingUrl);
      // Sass first tries an address that it has made of the specifier. What was written comes afterwards.
      if (from === undefined) return null;
      const specifier = written(address);
      const known = Object.hasOwn(names, from) ? names[from] : {};
      if (!Object.hasOwn(known, specifier)) wanted.push({ from, specifier });
      else if (known[specifier] !== null) return urlOf(known[specifier]);
      return null;
    },
    load(url) {
      const path = pathOf(url);
      return Object.hasOwn(files, path) ? { contents: files[path], syntax: syntax(path), sourceMapUrl: url } : null;
    },
  };
}
