/// What a page does.
///
/// It says what is under the pointer or the cursor in a chart, and opens what is folded before it is
/// printed. Without it everything is there all the same.
enum Script {
  /// The program.
  static let page = Markup(
    trusted: """
      (()=>{
      const tip=document.createElement('div');tip.className='tip';tip.hidden=true;
      document.body.append(tip);
      const hide=chart=>{tip.hidden=true;
      for(const p of chart.querySelectorAll('.on'))p.classList.remove('on')};
      const curves=chart=>chart.known??=[...chart.querySelectorAll('.curve')].map(path=>({path,
      points:path.getAttribute('d').slice(1).split('L').map(p=>p.split(' ').map(parseFloat))}));
      const nearest=(points,x)=>{let a=0,b=points.length-1;
      while(b-a>1){const m=(a+b)>>1;if(points[m][0]<x)a=m;else b=m}
      return x-points[a][0]<points[b][0]-x?points[a]:points[b]};
      const show=(chart,x,y)=>{let best=null;
      for(const {path,points} of curves(chart)){const point=nearest(points,x);
      const away=Math.abs(point[0]-x)*4+(y===null?0:Math.abs(point[1]-y));
      if(!best||away<best.away)best={away,point,path}}
      if(!best)return;hide(chart);
      const c=chart.dataset,d=best.path.dataset,[px,py]=best.point;
      const share=(c.bottom-py)/(c.bottom-c.top),low=+c.low,high=+c.high;
      const value=c.log==='1'?low*(high/low)**share:low+share*(high-low);
      const step=Math.round((px-d.from)/(d.to-d.from)*d.steps);
      tip.textContent=(d.run?d.run+' · ':'')+d.phase+' · step '+step.toLocaleString('en')+
      ' · about '+Number(value.toPrecision(3));
      const here=chart.querySelector('.here');here.setAttribute('cx',px);here.setAttribute('cy',py);
      here.classList.add('on');best.path.classList.add('on');tip.hidden=false;
      const at=new DOMPoint(px,py).matrixTransform(chart.getScreenCTM());
      const width=document.documentElement.clientWidth;
      tip.style.left=Math.max(8,Math.min(at.x+12,width-tip.offsetWidth-8))+'px';
      tip.style.top=Math.max(8,at.y-36)+'px';chart.cursor=px};
      for(const chart of document.querySelectorAll('svg.course')){
      chart.addEventListener('pointermove',e=>{
      const at=new DOMPoint(e.clientX,e.clientY).matrixTransform(chart.getScreenCTM().inverse());
      show(chart,at.x,at.y)});
      chart.addEventListener('pointerleave',()=>hide(chart));
      chart.addEventListener('blur',()=>hide(chart));
      chart.addEventListener('keydown',e=>{
      const way={ArrowLeft:-6,ArrowRight:6}[e.key];
      if(e.key==='Escape')hide(chart);
      if(way){e.preventDefault();show(chart,(chart.cursor??48)+way,null)}})}
      addEventListener('beforeprint',()=>{for(const d of document.querySelectorAll('details'))d.open=true});
      })();

      """)

  /// What a page does that is served: it loads itself again when the record has changed, with the same parts
  /// unfolded.
  static let reloading = Markup(
    trusted: """
      (()=>{
      const known=document.documentElement.dataset.version,key='unfolded';
      const parts=[...document.querySelectorAll('details')];
      try{const open=JSON.parse(sessionStorage.getItem(key));
      if(open)parts.forEach((d,i)=>d.open=open.includes(i))}catch{}
      const look=async()=>{
      try{if(!document.hidden){const answer=await fetch('/version',{cache:'no-store'});
      if(answer.ok&&await answer.text()!==known){
      sessionStorage.setItem(key,JSON.stringify(parts.flatMap((d,i)=>d.open?[i]:[])));
      location.reload();return}}}catch{}
      setTimeout(look,2000)};
      setTimeout(look,2000)
      })();

      """)
}
