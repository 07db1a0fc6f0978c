import { scaleFigures } from './tmp-scale.ts'
const t = performance.now()
console.log(await scaleFigures({ log: (x) => console.log(((performance.now() - t) / 1000).toFixed(1), x) }))
