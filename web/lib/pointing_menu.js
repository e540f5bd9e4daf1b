/** A small menu at a place of the picture, for one point or box. */

import { button, element } from './dom.js'

/** {open(x, y, entries), close}: entries are [label, action]; x, y in pixels of the place. `focus` gets the focus back. */
export function createMenu(place, focus) {
  let shown = null

  /** Forgotten first: taking it away moves the focus, and that closes it. */
  function remove() {
    const gone = shown
    shown = null
    gone?.remove()
  }

  function close() {
    const had = shown?.contains(document.activeElement)
    remove()
    if (had) focus()
  }

  function open(x, y, entries) {
    close()
    const items = entries.map(([label, action]) =>
      button(label, label, () => {
        close()
        action()
      }, { role: 'menuitem' })
    )
    shown = element('div', { class: 'mv-menu', role: 'menu', 'aria-label': 'This point or box', onkeydown: (event) => step(event, items), onfocusout: leave }, ...items)
    place.append(shown)
    shown.style.left = `${Math.max(0, Math.min(x, place.clientWidth - shown.offsetWidth))}px`
    shown.style.top = `${Math.max(0, Math.min(y, place.clientHeight - shown.offsetHeight))}px`
    items[0].focus({ preventScroll: true })
  }

  function step(event, items) {
    const way = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (event.key === 'Escape') close()
    else if (way) items.at((items.indexOf(document.activeElement) + way) % items.length).focus()
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  function leave(event) {
    if (shown && !shown.contains(event.relatedTarget)) remove()
  }

  return { open, close }
}
