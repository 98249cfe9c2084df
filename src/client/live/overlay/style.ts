// How the overlay and the badge look. One palette for both, light and dark.

const PALETTE = `
:host { --ground: #ffffff; --raised: #f6f7f9; --line: #d9dde3; --text: #1b2028; --muted: #5b6472; --bad: #b4232a;
  --bad-ground: #fdecec; --warn: #8a5a00; --warn-ground: #fff4da; --good: #17663a; --link: #0b57b7; --shade: rgb(20 24 32 / .45); }
@media (prefers-color-scheme: dark) {
  :host { --ground: #16191f; --raised: #1f242c; --line: #343b46; --text: #e8ebf0; --muted: #a3adbb; --bad: #ff8f8f;
    --bad-ground: #3a1c20; --warn: #f0c264; --warn-ground: #352a12; --good: #7fd6a2; --link: #8ab8ff; --shade: rgb(0 0 0 / .6); }
}
* { box-sizing: border-box; }
button { font: inherit; color: inherit; background: none; border: 0; padding: 0; margin: 0; cursor: pointer; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
`;

const SANS = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
const MONO = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace';

export const OVERLAY = `${PALETTE}
dialog { display: flex; justify-content: center; align-items: flex-start; position: fixed; inset: 0; width: auto; height: auto; max-width: none;
  max-height: none; margin: 0; padding: 6vh 24px 24px; border: 0; background: var(--shade); font: 14px/1.5 ${SANS}; color: var(--text);
  text-align: left; -webkit-text-size-adjust: 100%; }
dialog:focus { outline: none; }
dialog::backdrop { background: none; }
.panel { display: flex; flex-direction: column; width: 100%; max-width: 860px; max-height: 100%; overflow: hidden;
  background: var(--ground); border: 1px solid var(--line); border-radius: 12px; box-shadow: 0 16px 48px rgb(0 0 0 / .28); }
.head { display: flex; align-items: center; gap: 12px; padding: 14px 16px 14px 20px; border-bottom: 1px solid var(--line); }
h1 { flex: 1; margin: 0; font-size: 16px; line-height: 1.3; font-weight: 650; letter-spacing: -.005em; }
h1 span { margin-left: 4px; white-space: nowrap; font-weight: 400; color: var(--muted); }
.mark { width: 10px; height: 10px; flex: none; border-radius: 50%; background: var(--bad); forced-color-adjust: none; }
.close { display: grid; place-items: center; width: 32px; height: 32px; border-radius: 8px; color: var(--muted); font-size: 20px; line-height: 1; }
.close:hover { background: var(--raised); color: var(--text); }
.list { overflow: auto; overscroll-behavior: contain; }
article { padding: 16px 20px 20px; }
article + article { border-top: 1px solid var(--line); }
.meta { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 10px; margin-bottom: 6px; font-size: 13px; }
.label { padding: 0 7px; border-radius: 6px; background: var(--bad-ground); color: var(--bad); font-weight: 600; overflow-wrap: anywhere; }
.warning .label, .info .label { background: var(--warn-ground); color: var(--warn); }
.place { font-family: ${MONO}; font-size: 12.5px; color: var(--muted); overflow-wrap: anywhere; text-align: left; }
button.place { color: var(--link); text-decoration: underline; text-underline-offset: 2px; text-decoration-thickness: 1px; }
.times { color: var(--muted); }
h2 { margin: 0; font-size: 15px; line-height: 1.45; font-weight: 600; white-space: pre-wrap; overflow-wrap: anywhere; }
code { padding: 1px 4px; border-radius: 4px; background: var(--raised); font: .92em ${MONO}; }
pre { margin: 12px 0 0; padding: 10px 0; overflow-x: auto; background: var(--raised); border: 1px solid var(--line); border-radius: 8px;
  font: 12.5px/1.6 ${MONO}; tab-size: 2; color: var(--muted); }
pre span { display: block; min-width: max-content; padding: 0 14px; }
pre .here { background: var(--bad-ground); color: var(--text); }
pre .caret { color: var(--bad); }
.hint { margin: 12px 0 0; padding-left: 12px; border-left: 3px solid var(--good); overflow-wrap: anywhere; }
.hint b { color: var(--good); font-weight: 600; }
details { margin-top: 12px; }
summary { width: max-content; cursor: pointer; color: var(--muted); font-size: 13px; }
ol { margin: 8px 0 0; padding: 0; list-style: none; font: 12.5px/1.7 ${MONO}; }
li { overflow-wrap: anywhere; }
li .place { margin-left: 4px; }
.foot { padding: 10px 20px; border-top: 1px solid var(--line); background: var(--raised); color: var(--muted); font-size: 12.5px; }
kbd { padding: 1px 5px; border: 1px solid var(--line); border-radius: 4px; background: var(--ground); font: 11.5px ${MONO}; }
@media (max-width: 560px) { dialog { padding: 12px 8px; } .head { padding: 10px 8px 10px 14px; } article { padding: 14px; } .foot { padding: 10px 14px; } }
@media (prefers-reduced-motion: no-preference) {
  dialog { animation: shade .12s ease-out; } .panel { animation: panel .16s ease-out; }
  @keyframes shade { from { opacity: 0; } } @keyframes panel { from { transform: translateY(6px); } }
}
@media (forced-colors: active) { .label, pre .here, code { border: 1px solid; } .mark { background: Mark; } }
`;

export const BADGE = `${PALETTE}
.badge { display: flex; align-items: center; gap: 8px; max-width: min(320px, calc(100vw - 24px)); padding: 6px 12px 6px 10px; border: 1px solid var(--line);
  border-radius: 999px; background: var(--ground); color: var(--text); font: 12.5px/1.4 ${SANS}; box-shadow: 0 2px 12px rgb(0 0 0 / .16);
  -webkit-text-size-adjust: 100%; }
.badge:empty { display: none; }
svg { flex: none; width: 14px; height: 14px; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
.bad { color: var(--bad); } .warn { color: var(--warn); } .wait { color: var(--muted); }
.badge span { color: var(--text); }
button { padding: 1px 8px; margin-right: -4px; border-radius: 999px; color: var(--link); font-weight: 600; }
button:hover { background: var(--raised); }
@media (prefers-reduced-motion: no-preference) { .wait { animation: turn 1.2s linear infinite; } @keyframes turn { to { transform: rotate(360deg); } } }
`;
