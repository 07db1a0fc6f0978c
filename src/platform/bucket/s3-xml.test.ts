import { expect, test } from 'vitest'
import { elementsIn, textIn } from './s3-xml.ts'

test('textIn() reads the first element of a name, with what stands for other characters in it', () => {
  const xml = '<A><Key>it&apos;s &lt;a&gt; &amp;amp; &#40;b&#x29; &nbsp;</Key><Key>second</Key></A>'
  expect(textIn(xml, 'Key')).toBe("it's <a> &amp; (b) &nbsp;")
  expect(textIn(xml, 'Size')).toBeUndefined()
})

test('elementsIn() gives the insides of all elements of a name', () => {
  expect(elementsIn('<L><C><K>1</K></C>\n<C>\n</C><CommonPrefixes/></L>', 'C')).toEqual(['<K>1</K>', '\n'])
})
