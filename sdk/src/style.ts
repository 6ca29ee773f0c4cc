/** The look of the chat. Pages change it by the custom properties that begin with `--tl-`. */

export const style = `
:host {
  --accent: var(--tl-accent, #1f5fbf);
  --on-accent: var(--tl-on-accent, #ffffff);
  --ground: var(--tl-ground, #ffffff);
  --text: var(--tl-text, #1b1f24);
  --muted: var(--tl-muted, #59626d);
  --raised: var(--tl-raised, #eef1f5);
  --line: var(--tl-line, #c9d0d8);
  --danger: var(--tl-danger, #b3261e);
  font: 16px/1.45 var(--tl-font, system-ui, sans-serif);
  color: var(--text);
}
@media (prefers-color-scheme: dark) {
  :host {
    --accent: var(--tl-accent, #7fb0ff);
    --on-accent: var(--tl-on-accent, #0b1a30);
    --ground: var(--tl-ground, #16191d);
    --text: var(--tl-text, #e8ebef);
    --muted: var(--tl-muted, #a4adb8);
    --raised: var(--tl-raised, #262b31);
    --line: var(--tl-line, #444c56);
    --danger: var(--tl-danger, #ffb4ab);
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
button, textarea { font: inherit; color: inherit; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.launcher {
  position: fixed; inset: auto 20px 20px auto; z-index: 2147483000;
  min-height: 48px; padding: 0 20px; border: 0; border-radius: 24px; cursor: pointer;
  background: var(--accent); color: var(--on-accent); box-shadow: 0 4px 16px rgb(0 0 0 / .25);
}
.panel {
  position: fixed; inset: auto 20px 20px auto; z-index: 2147483000;
  width: 380px; height: min(600px, calc(100dvh - 40px));
  display: flex; flex-direction: column; overflow: hidden;
  background: var(--ground); border: 1px solid var(--line); border-radius: 12px;
  box-shadow: 0 8px 32px rgb(0 0 0 / .25);
}
:host([inline]) .panel { position: static; width: 100%; height: 100%; min-height: 320px; box-shadow: none; }
@media (max-width: 480px) {
  :host(:not([inline])) .panel { inset: 0; width: 100%; height: 100dvh; border: 0; border-radius: 0; }
}
header { display: flex; align-items: center; gap: 8px; padding: 8px 8px 8px 16px; border-bottom: 1px solid var(--line); }
h2 { flex: 1; margin: 0; font-size: 1rem; }
.close { min-width: 44px; min-height: 44px; border: 0; border-radius: 8px; background: none; cursor: pointer; font-size: 1.25rem; }
.log { flex: 1; overflow-y: auto; padding: 16px; display: flex; flex-direction: column; gap: 8px; overscroll-behavior: contain; }
.empty { margin: auto; color: var(--muted); }
.line { max-width: 85%; padding: 8px 12px; border-radius: 12px; background: var(--raised); align-self: flex-start; white-space: pre-wrap; overflow-wrap: anywhere; }
.line.customer { align-self: flex-end; background: var(--accent); color: var(--on-accent); }
  .author { display: block; font-size: .8rem; font-weight: 600; }
.article { white-space: normal; }
.article p, .article ul, .article ol, .article blockquote { margin: 0 0 8px; }
.article > :last-child { margin-bottom: 0; }
.article ul, .article ol { padding-inline-start: 1.4em; }
.article li.deeper { margin-inline-start: 1.2em; }
.article p { white-space: pre-line; }
.article blockquote { padding-inline-start: 10px; border-inline-start: 3px solid var(--line); }
.article code { font-family: ui-monospace, monospace; font-size: .9em; }
.article a { color: var(--accent); }
.typing { margin: 0; padding: 0 16px 4px; font-size: .85rem; color: var(--muted); }
.note { display: block; font-size: .8rem; opacity: .85; }
.line.failed { background: var(--ground); color: var(--danger); border: 1px solid var(--danger); }
.choices { display: flex; flex-wrap: wrap; gap: 8px; }
.choices button { min-height: 44px; padding: 0 16px; border: 1px solid var(--accent); border-radius: 22px; background: none; color: var(--accent); cursor: pointer; }
.status { margin: 0; padding: 4px 16px; font-size: .85rem; color: var(--muted); }
form { display: flex; gap: 8px; align-items: flex-end; padding: 8px; border-top: 1px solid var(--line); }
textarea { flex: 1; min-height: 44px; max-height: 120px; padding: 9px 12px; resize: none; border: 1px solid var(--line); border-radius: 8px; background: var(--ground); }
.send { min-height: 44px; padding: 0 16px; border: 0; border-radius: 8px; background: var(--accent); color: var(--on-accent); cursor: pointer; }
.unseen { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`
