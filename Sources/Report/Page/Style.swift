/// How a page and its drawings look.
enum Style {
  /// The whole style sheet of a page.
  static let page =
    Markup(
      trusted: """
        :root{color-scheme:light dark;--paper:#fff;--ink:#1b1d21;--soft:#5a606b;--line:#dcdfe4;
        --faint:#f5f6f8;--student:#1d5fc4;--teacher:#3c4250;--baseline:#a8480a;--good:#1c7a43;
        --bad:#b3261e;--warn:#865800;--c0:#1d5fc4;--c1:#a8480a;--c2:#1c7a43;--c3:#7a3fb0;--c4:#b3261e;
        --c5:#0b7281;--c6:#6b5b00;--c7:#b02a70}
        @media (prefers-color-scheme:dark){:root{--paper:#15171b;--ink:#e7e8ea;--soft:#a5abb6;
        --line:#363a43;--faint:#1d2026;--student:#7fb2ff;--teacher:#d5d8de;--baseline:#f2a35c;
        --good:#6fcf97;--bad:#ff8a80;--warn:#e5bd5a;--c0:#7fb2ff;--c1:#f2a35c;--c2:#6fcf97;--c3:#c9a0f5;
        --c4:#ff8a80;--c5:#5fd0e0;--c6:#d9c75a;--c7:#f590c0}}
        *{box-sizing:border-box}
        html{scroll-behavior:smooth;-webkit-text-size-adjust:100%}
        @media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
        body{margin:0 auto;max-width:1140px;padding:clamp(20px,4vw,48px) clamp(16px,4vw,40px) 64px;
        background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,
        "Helvetica Neue","Liberation Sans",sans-serif;font-variant-numeric:tabular-nums;
        overflow-wrap:break-word}
        h1{font-size:clamp(1.7rem,4vw,2.3rem);line-height:1.15;letter-spacing:-.02em;margin:0;font-weight:680}
        h2{font-size:1.3rem;letter-spacing:-.01em;line-height:1.25;margin:3.2rem 0 .3rem;padding-top:1.1rem;
        border-top:1px solid var(--line);font-weight:650}
        h3{font-size:1rem;margin:1.6rem 0 .3rem;font-weight:650}
        p{margin:.4rem 0;max-width:72ch}
        .soft,figcaption,.meta{color:var(--soft);font-size:.9rem}
        .meta{margin:.5rem 0 0;max-width:none}
        a{color:var(--student);text-underline-offset:2px}
        nav{margin:1.4rem 0 0;font-size:.92rem;display:flex;flex-wrap:wrap;gap:.2rem 1.1rem}
        :focus-visible{outline:2px solid var(--student);outline-offset:2px;border-radius:2px}
        .headline{list-style:none;margin:2rem 0 0;padding:0;display:grid;gap:1.6rem 2.4rem;
        grid-template-columns:repeat(auto-fit,minmax(min(100%,280px),1fr))}
        .headline li{border-top:2px solid var(--ink);padding-top:.7rem}
        .headline .big{display:block;font-size:2.1rem;line-height:1.15;letter-spacing:-.02em;font-weight:680}
        .headline p{margin:.35rem 0 0}
        data{white-space:nowrap}
        .charts{display:grid;gap:1.6rem 2rem;margin:1.2rem 0;align-items:start;
        grid-template-columns:repeat(auto-fill,minmax(min(100%,330px),1fr))}
        .charts.wide{grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr))}
        figure{margin:0;min-width:0;max-width:480px}
        figure h3,figure h4{margin:0 0 .2rem}
        h4{font-size:.9rem;font-weight:600}
        .charts.pairs{max-width:860px}
        figcaption{margin-top:.2rem}
        .scroll{overflow-x:auto;margin:.8rem 0;max-width:100%}
        table{border-collapse:collapse;font-size:.9rem;line-height:1.35}
        caption{text-align:left;color:var(--soft);padding:0 0 .4rem;font-size:.9rem}
        th,td{padding:.34rem .8rem .34rem 0;text-align:left;vertical-align:top;
        border-bottom:1px solid var(--line);font-weight:400}
        thead th{color:var(--soft);font-size:.84rem;vertical-align:bottom;white-space:nowrap}
        td.n,th.n{text-align:right;white-space:nowrap;padding-left:.5rem}
        .words{min-width:15rem;max-width:34rem}
        tbody tr:last-child>*{border-bottom-color:transparent}
        @media (max-width:600px){.stack thead{display:none}.stack tr{display:block;padding:.5rem 0;
        border-bottom:1px solid var(--line)}.stack th,.stack td{display:inline-block;border:0;
        padding:0 .9rem 0 0;text-align:left}.stack [data-title]::before{content:attr(data-title) " ";
        color:var(--soft);font-size:.84rem}.words{min-width:0}}
        .interval-text{color:var(--soft);font-size:.84rem;white-space:nowrap}
        .key{white-space:nowrap}
        .key svg{width:.8em;height:.8em;margin-right:.35em;vertical-align:-.04em}
        .keys{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;margin:.6rem 0}
        .swatch{display:inline-block;width:1.4em;height:.22em;border-radius:1px;background:currentColor;
        margin-right:.45em;vertical-align:.25em}
        details{margin:.5rem 0}
        summary{cursor:pointer;padding:.25rem 0}
        summary .soft{margin-left:.4em}
        details details{margin-left:1rem}
        .matrix td,.matrix th{text-align:right;padding:.45rem .6rem;border:0;white-space:nowrap}
        .matrix th[scope=row]{text-align:right;color:var(--soft);font-size:.84rem}
        .matrix thead th{text-align:right}
        .matrix td{background:color-mix(in srgb,var(--student) var(--share),var(--paper));min-width:3.4rem}
        .state,.whole{white-space:nowrap}
        .done,.frozen{--state:var(--good)}.failed{--state:var(--bad)}
        .running,.interrupted{--state:var(--warn)}.pending{--state:var(--soft)}
        .state::before{content:"";display:inline-block;width:.55em;height:.55em;border-radius:50%;
        background:var(--state,var(--soft));margin-right:.5em}
        code{font:.88em ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
        .warning{border-left:3px solid var(--warn);padding:.1rem 0 .1rem .9rem;margin:1rem 0}
        .tip{position:fixed;z-index:9;pointer-events:none;background:var(--ink);color:var(--paper);
        padding:.2rem .5rem;border-radius:4px;font-size:.84rem;white-space:nowrap;max-width:90vw;
        overflow:hidden;text-overflow:ellipsis}
        footer{margin-top:4rem;padding-top:1rem;border-top:1px solid var(--line)}
        @media print{:root{color-scheme:light}body{max-width:none;padding:0;font-size:10.5pt}
        nav,.tip{display:none}h2{break-after:avoid}figure,tr{break-inside:avoid}.scroll{overflow:visible}}

        """) + chart

  /// What drawings need of it.
  static let chart = Markup(
    trusted: """
        svg.chart{display:block;width:100%;height:auto;overflow:visible;font-family:inherit}
        svg.graph{width:auto;max-width:none}
        .chart text{font-size:11.5px;fill:var(--soft)}
        .chart .end{text-anchor:end}.chart .middle{text-anchor:middle}
        .chart .label{font-size:12.5px;font-weight:600}
        .chart .axis-name{fill:var(--soft)}
        .chart path{fill:none}
        .chart .grid{stroke:var(--line);stroke-width:1}
        .chart .axis,.chart .border{stroke:var(--soft);stroke-width:1}
        .chart .border{stroke-dasharray:2 3}
        .chart .interval{stroke:currentColor;stroke-width:1.5}
        .chart .mark{fill:currentColor}
        .chart .label.student,.student{color:var(--student);fill:var(--student)}
        .chart .label.teacher,.teacher{color:var(--teacher);fill:var(--teacher)}
        .chart .label.baseline,.baseline{color:var(--baseline);fill:var(--baseline)}
        .difference{color:var(--ink);max-width:260px}
        .curve{stroke-width:1.6;stroke-linejoin:round;stroke-linecap:round}
        .curve.on{stroke-width:3}.curve.dot{stroke-width:6}
        .here{fill:var(--ink);visibility:hidden}.here.on{visibility:visible}
        .c0{stroke:var(--c0);color:var(--c0)}.c1{stroke:var(--c1);color:var(--c1)}
        .c2{stroke:var(--c2);color:var(--c2)}.c3{stroke:var(--c3);color:var(--c3)}
        .c4{stroke:var(--c4);color:var(--c4)}.c5{stroke:var(--c5);color:var(--c5)}
        .c6{stroke:var(--c6);color:var(--c6)}.c7{stroke:var(--c7);color:var(--c7)}
        .graph .box{fill:var(--faint);stroke:var(--state,var(--line));stroke-width:1.2}
        .graph .name{font-size:13px;font-weight:600;fill:var(--ink)}
        .graph .fact{font-size:11px}
        .graph .edge{stroke:var(--soft);stroke-width:1.2;opacity:.75}
        .heat{color:var(--c0)}
        .heat text{font-size:10.5px}
        .heat rect{fill:currentColor}
        .heat .frame{fill:none;stroke:var(--line)}
        .graph .tip{fill:var(--soft);position:static;padding:0}

      """)

  /// The style sheet of a drawing that is a file of its own.
  static let standalone =
    Markup(
      trusted: """
        svg{--ink:#1b1d21;--soft:#5a606b;--line:#c3c8d0;--faint:#f5f6f8;--good:#1c7a43;--bad:#b3261e;
        --warn:#865800;font-family:system-ui,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
        @media (prefers-color-scheme:dark){svg{--ink:#e7e8ea;--soft:#a5abb6;--line:#4a505b;
        --faint:#1d2026;--good:#6fcf97;--bad:#ff8a80;--warn:#e5bd5a}}
        .done,.frozen{--state:var(--good)}.failed{--state:var(--bad)}
        .running,.interrupted{--state:var(--warn)}.pending{--state:var(--soft)}

        """) + chart
}
