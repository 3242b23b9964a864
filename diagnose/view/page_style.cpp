#include <foregraph/diagnose/view/page.hpp>

namespace foregraph::picture {

std::string_view page_style() {
  return R"css(
:root {
  color-scheme: light dark;
  --paper: #fff; --raised: #f6f7f9; --text: #1b1f24; --muted: #5b6470; --grid: #e3e6ea;
  --axis: #8b949e; --budget: #b3261e; --accent: #0b57d0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171c; --raised: #1e232a; --text: #e8eaed; --muted: #a3acb8; --grid: #2c323b;
    --axis: #6d7784; --budget: #ff8a80; --accent: #8ab4ff;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 1064px; padding: 0 16px 48px; background: var(--paper);
  color: var(--text); font: 14px/1.45 "Helvetica Neue", Helvetica, Arial, sans-serif;
}
h2 { font-size: 17px; margin: 36px 0 8px; }
section { padding: 0 32px; }
p { margin: 4px 0 12px; color: var(--muted); }
.only-read { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.chart svg { display: block; width: 100%; height: auto; }
.fill-paper { fill: var(--paper); } .fill-text, .fill-curve { fill: var(--text); }
.fill-muted { fill: var(--muted); } .fill-grid { fill: var(--grid); }
.fill-budget { fill: var(--budget); }
.stroke-grid { stroke: var(--grid); } .stroke-axis, .stroke-bound { stroke: var(--axis); }
.stroke-curve, .dot { stroke: var(--text); } .stroke-budget { stroke: var(--budget); }
text[paint-order] { stroke: var(--paper); }
.tables { display: flex; flex-wrap: wrap; gap: 8px 48px; }
.tables table { flex: 1 1 400px; align-self: flex-start; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: 8px 0; }
th, td {
  padding: 4px 16px 4px 0; border-top: 1px solid var(--grid); text-align: left;
  overflow-wrap: anywhere;
}
th { font-weight: 400; }
td { text-align: right; white-space: nowrap; }
td.text { text-align: left; white-space: normal; }
.controls { display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: center; margin-bottom: 8px; }
input, button {
  font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--axis);
  border-radius: 6px; padding: 5px 10px;
}
input { width: 260px; } button { cursor: pointer; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
#found { color: var(--muted); }
.key { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 0 0 8px; padding: 0; list-style: none; }
.key svg { vertical-align: -1px; margin-right: 6px; }
#map { display: grid; grid-template-columns: 84px 1fr; grid-template-rows: 480px 22px; }
#map .ticks { position: relative; color: var(--muted); font-size: 12px; }
#map .ticks span { position: absolute; white-space: nowrap; }
#rows span { right: 8px; transform: translateY(-50%); }
#steps span { top: 4px; transform: translateX(-50%); }
#steps { grid-column: 2; }
#plot { width: 100%; height: 100%; background: var(--raised); cursor: crosshair; touch-action: none; }
#plot rect { vector-effect: non-scaling-stroke; stroke: var(--paper); stroke-width: .5; }
#plot.dense rect { stroke-width: .15; }
#plot.searching rect.tensor { opacity: .18; }
#plot.searching rect.found { opacity: 1; stroke: var(--text); stroke-width: 1.5; }
#plot rect.same { stroke: var(--text); stroke-width: 1.5; stroke-dasharray: 3 2; opacity: 1; }
#plot rect.lit { stroke: var(--text); stroke-width: 3; opacity: 1; filter: brightness(1.15); }
#plot line { vector-effect: non-scaling-stroke; stroke: var(--text); stroke-width: 1; }
#plot line { stroke-dasharray: 3 3; pointer-events: none; }
#plot #drag { fill: var(--accent); opacity: .25; stroke: none; pointer-events: none; }
.axis { text-align: center; padding-left: 84px; }
#tip {
  position: fixed; z-index: 1; max-width: 420px; padding: 10px 12px; background: var(--paper);
  border: 1px solid var(--axis); border-radius: 8px; box-shadow: 0 4px 16px #0004;
  pointer-events: none; overflow-wrap: anywhere;
}
#tip b { display: block; } #tip span { display: block; color: var(--muted); }
@media (max-width: 700px) { section { padding: 0; } input { width: 100%; } }
@media print { .controls { display: none; } }
)css";
}

}  // namespace foregraph::picture
