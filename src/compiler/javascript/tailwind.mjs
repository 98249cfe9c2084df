// Tailwind: a style sheet and the app's files that it depends on → what upstream's compiler makes of it.
import * as v4 from "tailwindcss";
export async function answer(question) {
  const compiled = await v4.compile(question.css ?? "@theme{--color-x: red} @tailwind utilities;", {});
  return { css: compiled.build(question.candidates ?? []) };
}
