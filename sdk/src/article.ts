/**
 * Articles in the chat: the part of Markdown that the server writes, drawn as elements. Nothing of the text is ever
 * read as HTML, and links go only where links may go.
 */

const LINKS = /^(https:\/\/|mailto:|tel:)/i
/** Bold, italics, code or a link; what a backslash escapes is none of them. */
const MARKS = /\*\*((?:\\.|[^*\\])+)\*\*|\*((?:\\.|[^*\\])+)\*|`([^`]+)`|\[((?:\\.|[^\]\\])+)\]\(([^()\s]+)\)/

/** The blocks of an article, each an element. */
export function drawArticle(text: string): HTMLElement[] {
  return text.split(/\n{2,}/).filter(Boolean).map(drawBlock)
}

function drawBlock(block: string): HTMLElement {
  const lines = block.split('\n')
  if (lines.every((line) => /^\s*(-|\d+\.) /.test(line))) {
    const list = document.createElement(/^\s*-/.test(lines[0] ?? '') ? 'ul' : 'ol')
    for (const line of lines) {
      const item = document.createElement('li')
      const depth = (line.length - line.trimStart().length) / 2
      if (depth > 0) item.className = 'deeper'
      const mark = /^\s*(?:-|(\d+)\.) /.exec(line)
      // A list within a numbered list has points, and the numbers go on after it.
      if (mark?.[1] !== undefined) item.value = Number(mark[1])
      else if (list.tagName === 'OL') item.style.listStyleType = 'disc'
      item.append(...drawInline(line.slice(mark?.[0].length ?? 0)))
      list.append(item)
    }
    return list
  }
  if (lines.every((line) => line.startsWith('> '))) {
    const quote = document.createElement('blockquote')
    quote.append(...drawInline(lines.map((line) => line.slice(2)).join('\n')))
    return quote
  }
  const paragraph = document.createElement('p')
  paragraph.append(...drawInline(block))
  return paragraph
}

function drawInline(text: string): Node[] {
  const found = MARKS.exec(text)
  // A mark after an odd number of backslashes is a sign like any other.
  const escaped = found && /(^|[^\\])(\\\\)*\\$/.test(text.slice(0, found.index))
  if (!found || escaped) {
    if (!found) return text === '' ? [] : [document.createTextNode(unescaped(text))]
    const past = found.index + 1
    return [document.createTextNode(unescaped(text.slice(0, past))), ...drawInline(text.slice(past))]
  }
  const before = text.slice(0, found.index)
  const after = text.slice(found.index + found[0].length)
  const [, strong, emphasis, code, words, address] = found
  const drawn = strong !== undefined ? wrap('strong', strong) : emphasis !== undefined ? wrap('em', emphasis) : code !== undefined ? plain('code', code) : link(words ?? '', address ?? '')
  return [...(before === '' ? [] : [document.createTextNode(unescaped(before))]), drawn, ...drawInline(after)]
}

function wrap(name: 'strong' | 'em', text: string): HTMLElement {
  const element = document.createElement(name)
  element.append(...drawInline(text))
  return element
}

function plain(name: 'code', text: string): HTMLElement {
  return Object.assign(document.createElement(name), { textContent: text })
}

function link(words: string, address: string): Node {
  if (!LINKS.test(address)) return document.createTextNode(unescaped(words))
  const anchor = document.createElement('a')
  anchor.href = address
  anchor.target = '_blank'
  anchor.rel = 'noopener noreferrer'
  anchor.append(...drawInline(words))
  return anchor
}

function unescaped(text: string): string {
  return text.replace(/\\([\\*`[\]])/g, '$1')
}
