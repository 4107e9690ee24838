// check-links.mjs DIR: every link, picture, script and style of the built site must lead to a file there and, if it
// names a heading, to that heading. Nothing may be loaded from another site. Prints what does not comply and exits with
// 1.
import fs from 'node:fs'
import path from 'node:path'

const root = path.resolve(process.argv[2])
const files = fs.readdirSync(root, { recursive: true, withFileTypes: true })
  .filter(entry => entry.isFile())
  .map(entry => path.relative(root, path.join(entry.parentPath, entry.name)))
const pages = new Map(files.filter(file => file.endsWith('.html'))
  .map(file => [file, fs.readFileSync(path.join(root, file), 'utf8')]))
const ids = html => new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(match => match[1]))
const wrong = []
let links = 0

function fileOf(from, target) {
  const whole = decodeURIComponent(target.startsWith('/') ? target.slice(1) : path.join(path.dirname(from), target))
  return [whole, whole + '.html', path.join(whole, 'index.html')].find(file => files.includes(path.normalize(file)))
}

for (const [name, html] of pages) {
  for (const [, element, rest] of html.matchAll(/<(a|img|script|link|source)\s([^>]*)>/g)) {
    const target = rest.match(/(?:href|src)="([^"]*)"/)?.[1]
    if (target === undefined || target.startsWith('data:')) continue
    links++
    if (/^[a-z]+:|^\/\//.test(target)) {
      if (element !== 'a') wrong.push(`${name}: loads ${target}`)
      continue
    }
    const [file, anchor] = target.replaceAll('&amp;', '&').split('#')
    const found = file === '' ? name : fileOf(name, file)
    if (!found) wrong.push(`${name}: ${target} is not there`)
    else if (anchor && pages.has(found) && !ids(pages.get(found)).has(decodeURIComponent(anchor))) {
      wrong.push(`${name}: ${target} has no such heading`)
    }
  }
}
for (const style of files.filter(file => file.endsWith('.css'))) {
  for (const [, target] of fs.readFileSync(path.join(root, style), 'utf8').matchAll(/url\(["']?([^"')]+)/g)) {
    if (/^(https?:)?\/\//.test(target)) wrong.push(`${style}: loads ${target}`)
  }
}
wrong.forEach(line => console.error(line))
console.log(`${pages.size} pages, ${links} links, ${wrong.length} dead`)
process.exit(wrong.length === 0 ? 0 : 1)
