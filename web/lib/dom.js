/** Elements by one call: text is text, never HTML. */

/** element('button', {class: 'a', onclick: go, 'aria-label': 'Go'}, 'Go'): functions become listeners. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name.replace(/^on/, ''), value)
    else if (name === 'value' || name === 'checked' || name === 'disabled') made[name] = value
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value)
  }
  made.append(...children.filter((child) => child !== null && child !== undefined))
  return made
}

/** A labelled field: the label stands before the control. */
export function field(label, control) {
  return element('label', { class: 'mv-field' }, element('span', {}, label), control)
}

/** A number that reports when it was changed and is one. */
export function numberField(label, value, { min, max, step }, onChange) {
  const input = element('input', { type: 'number', min, max, step, value: String(value) })
  input.addEventListener('change', () => {
    const number = input.valueAsNumber
    if (Number.isFinite(number)) onChange(Math.min(max, Math.max(min, number)))
  })
  return field(label, input)
}

export function button(label, title, onclick, attributes = {}) {
  return element('button', { type: 'button', title, 'aria-label': title, onclick, ...attributes }, label)
}
