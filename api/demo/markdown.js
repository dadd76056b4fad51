/**
 * A small, safe Markdown: text in, DOM nodes out. Never HTML: what is no Markdown that we know stays text.
 * Paragraphs, headings, lists, quotes, rules, **bold**, *italic*, `code`, [links](https://…) and bare addresses.
 */

const INLINE = /\*\*(?=\S)(.+?)(?<=\S)\*\*|(?<![\w*])\*(?=[^\s*])(.+?)(?<=[^\s*])\*(?![\w*])|(?<!\w)_(?=\S)(.+?)(?<=\S)_(?!\w)|`([^`\n]+)`|\[([^\]\n]+)\]\((\S+?)\)|(https?:\/\/[^\s<>"')\]]*[^\s<>"')\].,;:!?…])/s;
const ITEM = /^\s{0,3}(?:([-*•])|(\d{1,3})[.)])\s+/;

/** A fragment for a text of several blocks. */
export function markdown(text) {
  const out = document.createDocumentFragment();
  for (const block of text.replace(/\r\n?/g, "\n").split(/\n{2,}/)) {
    if (block.trim()) blocks(block.split("\n"), out);
  }
  return out;
}

function blocks(lines, out) {
  let plain = [];
  const flush = () => {
    if (plain.length) out.append(element("p", plain));
    plain = [];
  };
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at];
    const heading = /^#{1,6}\s+(.+?)\s*#*$/.exec(line);
    if (heading) {
      flush();
      out.append(element("h4", [heading[1]]));
    } else if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) {
      flush();
      out.append(document.createElement("hr"));
    } else if (ITEM.test(line)) {
      flush();
      const ordered = Boolean(ITEM.exec(line)[2]);
      const list = document.createElement(ordered ? "ol" : "ul");
      if (ordered) list.start = Number(ITEM.exec(line)[2]);
      for (; at < lines.length && lines[at].trim(); at++) {
        const item = ITEM.exec(lines[at]);
        if (item) list.append(element("li", [lines[at].slice(item[0].length)]));
        else if (/^\s/.test(lines[at])) list.lastChild.append(" ", ...inline(lines[at].trim()));
        else break;
      }
      at--;
      // A list whose items stand apart is one list.
      const before = out.lastChild;
      if (ordered && before?.nodeName === "OL" && list.start > 1) before.append(...list.children);
      else out.append(list);
    } else if (/^\s{0,3}>/.test(line)) {
      flush();
      const quoted = [];
      for (; at < lines.length && /^\s{0,3}>/.test(lines[at]); at++) quoted.push(lines[at].replace(/^\s{0,3}>\s?/, ""));
      at--;
      out.append(element("blockquote", quoted));
    } else {
      plain.push(line);
    }
  }
  flush();
}

function element(name, lines) {
  const made = document.createElement(name);
  lines.forEach((line, at) => made.append(...(at ? [document.createElement("br")] : []), ...inline(line.trim())));
  return made;
}

function inline(text, depth = 0) {
  const found = depth < 4 ? INLINE.exec(text) : null;
  if (!found) return text ? [text] : [];
  const [whole, bold, italic, slanted, code, label, target, bare] = found;
  const wrap = (name, inner) => {
    const made = document.createElement(name);
    made.append(...inline(inner, depth + 1));
    return made;
  };
  let node;
  if (bold) node = wrap("strong", bold);
  else if (italic ?? slanted) node = wrap("em", italic ?? slanted);
  else if (code) {
    node = document.createElement("code");
    node.textContent = code;
  } else node = link(target ?? bare, label ?? bare) ?? whole;
  const before = text.slice(0, found.index);
  return [...(before ? [before] : []), node, ...inline(text.slice(found.index + whole.length), depth)];
}

function link(target, label) {
  const url = safe(target);
  if (!url) return null;
  const made = document.createElement("a");
  made.href = url;
  made.target = "_blank";
  made.rel = "noopener noreferrer nofollow";
  made.textContent = label;
  return made;
}

/** An http or https address as it may be opened, else null. */
export function safe(address) {
  try {
    const url = new URL(address, location.href);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}
