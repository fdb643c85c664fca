/** Style of the notebook page: one readable column, light or dark as the reader's system is set. */
export const PAGE_STYLE: string = `
:root {
  color-scheme: light dark;
  --page: #fff; --text: #1f2430; --soft: #5c6370; --line: #e3e6ea; --code: #f6f7f9; --accent: #2f6fde;
  --keyword: #a626a4; --string: #3a7d34; --number: #b25d00; --comment: #7a818c; --title: #2563c9; --bad: #c62f2f;
  --bad-page: #fdf1f0; --green: #2d7d32; --yellow: #946200; --magenta: #a626a4; --cyan: #0b7285;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171c; --text: #dde1e7; --soft: #98a0ad; --line: #2b3038; --code: #1c2027; --accent: #7fb0ff;
    --keyword: #d7a1f0; --string: #9ccf8f; --number: #e8b070; --comment: #838b98; --title: #84b6ff; --bad: #ff8078;
    --bad-page: #2a1a1b; --green: #8fd18f; --yellow: #e0c070; --magenta: #d7a1f0; --cyan: #76d0dd;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.6 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 900px; margin: 0 auto; padding: 48px 24px 96px; }
h1, h2, h3, h4 { line-height: 1.25; margin: 1.6em 0 0.6em; }
h1 { font-size: 2rem; margin-top: 0; }
h2 { font-size: 1.4rem; padding-top: 0.8em; border-top: 1px solid var(--line); }
h3 { font-size: 1.15rem; }
p, ul, ol { margin: 0.7em 0; }
a { color: var(--accent); }
blockquote { margin: 1em 0; padding: 0 1em; border-left: 3px solid var(--line); color: var(--soft); }
math[display="block"] { margin: 1em 0; padding: 0.4em 0; overflow: auto hidden; font-size: 1.1em; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 0.86rem; }
:not(pre) > code { background: var(--code); padding: 0.1em 0.35em; border-radius: 4px; }
pre { margin: 0; overflow-x: auto; line-height: 1.5; }
section.text > pre { background: var(--code); border-radius: 8px; padding: 12px 16px; }
section.code { position: relative; margin: 1.2em 0; }
.count { position: absolute; right: 10px; top: 6px; font-size: 0.72rem; color: var(--soft); background: var(--code); padding: 0 4px; user-select: none; }
.source { background: var(--code); border: 1px solid var(--line); border-radius: 8px; padding: 12px 16px; }
.output { margin: 0.6em 0 0; padding: 0 4px; overflow-x: auto; }
.output > pre { padding: 4px 12px; border-left: 3px solid var(--line); max-height: 32em; overflow-y: auto; }
.output > .stderr { border-left-color: var(--yellow); }
.output > .error { border-left-color: var(--bad); background: var(--bad-page); border-radius: 0 8px 8px 0; padding: 10px 12px; }
img { max-width: 100%; height: auto; }
.output img, .figure { background: #fff; border-radius: 8px; overflow: hidden; }
table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; display: block; overflow-x: auto; margin: 0.8em 0; }
th, td { padding: 4px 12px; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { font-weight: 600; border-bottom: 2px solid var(--line); }
progress { accent-color: var(--accent); vertical-align: middle; }
.hljs-keyword, .hljs-literal { color: var(--keyword); }
.hljs-string, .hljs-regexp, .hljs-template-tag { color: var(--string); }
.hljs-number { color: var(--number); }
.hljs-comment { color: var(--comment); font-style: italic; }
.hljs-title, .hljs-built_in { color: var(--title); }
.ansi-red-fg, .ansi-bright-red-fg { color: var(--bad); }
.ansi-green-fg, .ansi-bright-green-fg { color: var(--green); }
.ansi-yellow-fg, .ansi-bright-yellow-fg { color: var(--yellow); }
.ansi-blue-fg, .ansi-bright-blue-fg { color: var(--title); }
.ansi-magenta-fg, .ansi-bright-magenta-fg { color: var(--magenta); }
.ansi-cyan-fg, .ansi-bright-cyan-fg { color: var(--cyan); }
@media print { main { max-width: none; padding: 0; } .output > pre { max-height: none; } }
`;
