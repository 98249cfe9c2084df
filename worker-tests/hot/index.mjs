// All that hot updates must do, by theme.
const THEMES = ["accept", "bindings", "lifecycle", "circular", "batches", "errors", "files", "styles", "assets", "react-state", "react-boundaries", "react-recovery"];

/** Theme and behaviours. */
export const themes = await Promise.all(THEMES.map(async (theme) => [theme, (await import(`./${theme}.mjs`)).default]));

/** What can be run: `[title, behaviour, react]`, those for several versions of React once for each. */
export const plays = themes.flatMap(([theme, behaviours]) =>
  behaviours.flatMap((behaviour) => (behaviour.react ?? [undefined]).map((react) => [`${theme}${react ? `, React ${react}` : ""}: ${behaviour.name}`, behaviour, react])),
);
