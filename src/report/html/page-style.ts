/** The style of the page: dark or light as the system, one column on a phone. */
export const pageStyle = `
:root { color-scheme: light dark; --page: #fff; --line: #d0d7de; --soft: #f6f8fa; --dim: #59636e; --bad: #cf222e; --good: #1a7f37;
  --warn: #9a6700; --bar: #0969da; --wait: #8c959f; font: 15px/1.5 system-ui, sans-serif; }
@media (prefers-color-scheme: dark) { :root { --page: #0d1117; --line: #3d444d; --soft: #151b23; --dim: #9198a1; --bad: #f85149;
  --good: #3fb950; --warn: #d29922; --bar: #4493f8; --wait: #656c76; } }
html { background: var(--page); color: CanvasText; }
#farm { position: relative; overflow: auto; border: 1px solid var(--line); border-radius: 6px; }
#farm canvas { position: sticky; top: 0; left: 0; display: block; }
.zoom { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin: .5rem 0; min-height: 3.2em; }
button { font: inherit; padding: .2rem .6rem; border: 1px solid var(--line); border-radius: 6px; }
body { margin: 0 auto; max-width: 1100px; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; margin: 0 0 .25rem; } h2, h3 { font-size: 1rem; }
.dim { color: var(--dim); } .passed, .flaky-passed { color: var(--good); } .failed, .lost, .interrupted { color: var(--bad); }
.flaky { color: var(--warn); }
form { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1rem 0; position: sticky; top: 0; padding: .5rem 0;
  background: var(--page); z-index: 1; }
input, select { font: inherit; padding: .35rem .5rem; border: 1px solid var(--line); border-radius: 6px; }
input { flex: 1 1 12rem; }
.modules { list-style: none; padding: 0; margin: 0; }
.modules > li { border-top: 1px solid var(--line); content-visibility: auto; contain-intrinsic-size: auto 3rem; }
summary { padding: .5rem 0; cursor: pointer; }
.modules > li > details > summary { display: flex; gap: .25rem .75rem; flex-wrap: wrap; }
.modules > li > details > summary::before { content: '▸'; } .modules > li > details[open] > summary::before { content: '▾'; }
summary .name { flex: 1 1 16rem; font-weight: 600; }
summary .verdict { flex: 0 0 5.5rem; }
:focus-visible { outline: 2px solid var(--bar); outline-offset: 2px; }
.attempt { border-left: 3px solid var(--line); padding-left: .75rem; margin: 0 0 1.5rem .25rem; }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 6px; padding: .6rem; overflow: auto;
  max-height: 26rem; font: 13px/1.45 ui-monospace, monospace; white-space: pre-wrap; }
.screens { display: flex; gap: .75rem; overflow-x: auto; }
.screens figure { margin: 0; flex: 0 0 auto; } .screens img { height: 320px; max-width: 80vw; object-fit: contain;
  object-position: left top; border: 1px solid var(--line); border-radius: 6px; }
.lanes { overflow-x: auto; border: 1px solid var(--line); border-radius: 6px; }
.lanes text { font: 12px system-ui, sans-serif; fill: CanvasText; } .lanes .role { font-weight: 600; }
.lanes .call { fill: var(--bar); } .lanes .bad { fill: var(--bad); } .lanes .rule { stroke: var(--line); }
.lanes .pass { stroke: var(--good); stroke-width: 2; } .lanes .head { fill: var(--good); }
.lanes .hatch { stroke: var(--wait); stroke-width: 3; }
.lanes a:focus rect, .lanes a:hover rect { stroke: CanvasText; stroke-width: 2; }
table { border-collapse: collapse; width: 100%; font-size: 13px; } td, th { text-align: left; padding: .15rem .5rem .15rem 0;
  vertical-align: top; border-top: 1px solid var(--line); } td:first-child, th { white-space: nowrap; }
tr:target { background: var(--soft); outline: 2px solid var(--bar); }
.steps { max-height: 30rem; overflow: auto; }
@media (max-width: 600px) { .steps .place { display: none; } body { padding: .6rem; } }
`
