// What an installation is told, read from `.deploy.vars`: outside git, in the form of `.dev.vars`.
import { existsSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { PLACES, SECRETS, VARIABLES } from "./tables.mjs";

const HOST = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The settings in a file; none where it isn't there. */
export function settings(file) {
  return existsSync(file) ? parseEnv(readFileSync(file, "utf8")) : {};
}

/** Whether one host is under a domain. */
const under = (host, domain) => host.endsWith(`.${domain}`);

/** What is wrong with settings that are there. */
export function wrongSettings(told) {
  const problems = [];
  const known = new Set([...SECRETS, ...VARIABLES, ...PLACES].map(({ name }) => name));
  for (const name of Object.keys(told)) if (!known.has(name)) problems.push(`${name} is no setting`);
  for (const name of ["PREVIEW_DOMAIN", "CONTROL_HOST", "ZONE_NAME"]) {
    if (told[name] && !HOST.test(told[name])) problems.push(`${name} is no host name of a public zone: ${told[name]}`);
  }
  const { PREVIEW_DOMAIN: domain, CONTROL_HOST: control, ZONE_NAME: zone, D1_DATABASE_ID: database } = told;
  if (domain && zone && domain !== zone && !under(domain, zone)) problems.push(`PREVIEW_DOMAIN ${domain} is not in ZONE_NAME ${zone}`);
  if (domain && control && under(control, domain)) problems.push(`CONTROL_HOST ${control} is under PREVIEW_DOMAIN: it would be an app's`);
  if (database && !UUID.test(database)) problems.push(`D1_DATABASE_ID is no id: ${database}`);
  if (told.SEALING_KEY && told.SEALING_KEY.length < 16) problems.push("SEALING_KEY has fewer than 16 characters");
  if (told.ADMIN_TOKEN === "dev-token") problems.push("ADMIN_TOKEN is the local one");
  return problems;
}

/** What has to be there before a real run and isn't, secrets aside: the account may hold those. */
export function missingSettings(told) {
  return [...VARIABLES, ...PLACES].filter(({ name, required }) => required && !told[name]);
}
