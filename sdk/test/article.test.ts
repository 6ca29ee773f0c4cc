// @vitest-environment happy-dom
import { expect, it } from 'vitest'
import { drawArticle } from '../src/article.ts'

function drawn(text: string): string {
  return drawArticle(text).map((element) => element.outerHTML).join('\n')
}

it('draws what the server writes', () => {
  const text = [
    '**Send something back**',
    'You have **30 days**. Use the [form](https://shop.example/returns), *soon*: `R-1`.',
    '1. Pack it\n2. Book a date\n  - mornings',
    '- one\n- two',
    '> Sofas are collected.',
  ].join('\n\n')
  const html = drawn(text)
  expect(html).toContain('<p><strong>Send something back</strong></p>')
  expect(html).toContain('<strong>30 days</strong>')
  expect(html).toContain('<a href="https://shop.example/returns" target="_blank" rel="noopener noreferrer">form</a>')
  expect(html).toContain('<em>soon</em>: <code>R-1</code>')
  expect(html).toContain('<ul><li>one</li><li>two</li></ul>')
  expect(html).toContain('<blockquote>Sofas are collected.</blockquote>')
  expect(drawArticle(text)[2]?.querySelectorAll('li.deeper')).toHaveLength(1)
})

it('draws nothing else, and no link that leads elsewhere', () => {
  const [paragraph] = drawArticle('<img src=x onerror=alert(1)> [a](javascript:x) \\*no\\* 5 * 3')
  expect(paragraph?.children).toHaveLength(0)
  expect(paragraph?.textContent).toBe('<img src=x onerror=alert(1)> a *no* 5 * 3')
})
