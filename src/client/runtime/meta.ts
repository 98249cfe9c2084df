// `import.meta`.
import { hooks } from "./hooks.ts";
import type { Module } from "./record.ts";

/** Shared by all modules; `boot` adds the app's variables before anything runs. */
export const environment: Record<string, unknown> = {
  BASE_URL: "/",
  MODE: "development",
  DEV: true,
  PROD: false,
  SSR: false,
};

/** The page's origin followed by the id; a package's id needs the slash to stay an address of this origin. */
export function urlOf(id: string): string {
  return new URL((id[0] === "/" ? "" : "/") + id, location.origin).href;
}

export function metaOf(module: Module): object {
  const meta = Object.assign(Object.create(null), { url: urlOf(module.id), env: environment });
  const hot = LIVE && hooks.hot(module);
  if (hot) meta.hot = hot;
  return meta;
}
