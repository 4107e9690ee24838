// The site of docs/, in the order of docs/README.md. Linked files that are not pages (balancers' configurations,
// packaging/, the README) are copied next to them.
import fs from 'node:fs'
import path from 'node:path'
import { defineConfig } from 'vitepress'

// eng/site.sh lays out this folder and docs/ side by side in artifacts/site-build, where the packages are.
const docs = path.resolve(import.meta.dirname, '../docs')
const repository = path.resolve(import.meta.dirname, '../../..')
const page = (text, link) => ({ text, link })

// A link that leaves docs/ leads to a copy under /files/, as text.
const copied = new Set()
const inside = (env, href) => {
  const target = href.split('#')[0]
  const relative = path.join('docs', path.dirname(env.relativePath), target)
  if (/^[a-z]+:/.test(href) || target === '' || (relative.startsWith('docs/') && relative.endsWith('.md'))) {
    return href.replace('README.md', 'index.md')
  }
  const file = path.join(repository, relative)
  const name = `/files/${relative}${/\.(png|svg)$/.test(relative) ? '' : '.txt'}`
  if (fs.statSync(file, { throwIfNoEntry: false })?.isFile()) copied.add([file, name].join('\0'))
  return name
}

export default defineConfig({
  srcDir: 'docs',
  outDir: '../site',
  cacheDir: 'cache',
  title: 'GaleraGate',
  description: 'A port that is open exactly while this Galera node is fit',
  lang: 'en',
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  rewrites: {
    'README.md': 'index.md',
    'balancers/README.md': 'balancers/index.md',
    'adr/README.md': 'adr/index.md',
  },
  // The project's own check-links.mjs checks the built pages: headings and files too.
  ignoreDeadLinks: true,
  markdown: {
    // The same anchors that GitHub makes of headings.
    anchor: { slugify: text => text.trim().toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-') },
    config(md) {
      md.core.ruler.push('links-out', state => {
        for (const block of state.tokens) {
          for (const token of block.children ?? []) {
            if (token.type === 'link_open') {
              const href = inside(state.env, token.attrGet('href'))
              token.attrSet('href', href)
              if (href.endsWith('.txt')) token.attrSet('target', '_self')
            }
          }
        }
      })
      const fence = md.renderer.rules.fence
      md.renderer.rules.fence = (tokens, i, options, env, self) =>
        tokens[i].info.trim() === 'mermaid'
          ? `<Diagram source="${encodeURIComponent(tokens[i].content)}" />`
          : fence(tokens, i, options, env, self)
    },
  },
  buildEnd(site) {
    for (const [file, name] of [...copied].map(pair => pair.split('\0'))) {
      fs.mkdirSync(path.dirname(site.outDir + name), { recursive: true })
      fs.copyFileSync(file, site.outDir + name)
    }
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    docFooter: { prev: 'Before', next: 'Next' },
    sidebar: [
      {
        text: 'In the order of need',
        items: [
          page('Documentation', '/'),
          page('Quick start', '/quick-start'),
          page('Concepts', '/concepts'),
          page('Three in the morning', '/three-in-the-morning'),
          page('Every day', '/operating'),
          page('Audit', '/audit'),
          page('Fleet and archive', '/archive'),
          page('Balancers', '/balancers/'),
          page('Firewall', '/firewall'),
          page('Monitoring', '/monitoring'),
          page('Security', '/security'),
          page('Failure modes', '/failure-modes'),
          page('Changing over', '/migrating'),
        ],
      },
      {
        text: 'Reference',
        items: [
          page('Options', '/options'),
          page('Reasons', '/reasons'),
          page('Events', '/events'),
          page('HTTP', '/http'),
          page('Journal', '/journal'),
        ],
      },
      {
        text: 'Why it is as it is',
        items: [
          page('State machines', '/state-machines'),
          page('Flap bound', '/flap-bound'),
          page('Benchmarks', '/benchmarks'),
          page('Decisions', '/adr/'),
        ],
      },
    ],
  },
})
