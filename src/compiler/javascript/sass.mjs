// Sass: a sheet and those that it may load → what upstream's compiler makes of it.
import { compileString } from "sass";
import { begin, isSpent, lastSpan } from "./sass/bounds.mjs";
import { importer, syntax, urlOf } from "./sass/importer.mjs";
import { Problems } from "./sass/problems.mjs";

/**
 * A question is `{path, files, names, additional, quietDependencies, silenced}`: the sheet; every sheet that it may load,
 * path → text, itself among them; what the specifiers in them mean, path → specifier → path among the files, `null` for
 * what is not there; a text ahead of the sheet's own; whether what packages do is passed over in silence; and the kinds of
 * deprecated features that are.
 *
 * The answer is `{css, wanted, diagnostics}`: the CSS, `null` where there is none; and, when it loads what `names` says
 * nothing of, that, as `{from, specifier}`: the question is then put again with it.
 */
export async function answer({ path, files, names, additional = "", quietDependencies = false, silenced = [] }) {
  const wanted = [];
  const problems = new Problems({ path, shift: additional, quietDependencies });
  let css = null;
  begin();
  try {
    const imports = importer({ files, names, wanted });
    const text = additional + files[path];
    const known = silenced.filter((name) => typeof name === "string");
    const options = { syntax: syntax(path), url: urlOf(path), importer: imports, importers: [imports], logger: problems.logger };
    css = compileString(text, { ...options, silenceDeprecations: known }).css;
  } catch (error) {
    if (!wanted.length) problems.fail(error, isSpent(), lastSpan());
  }
  return { css: wanted.length ? null : css, wanted, diagnostics: wanted.length ? [] : problems.told };
}

