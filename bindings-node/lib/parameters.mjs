/**
 * Which parameters of a function have a default value, told from its source.
 *
 * A default value is used for an argument that was not given, so nobody has decided on it. Where the source cannot be
 * read with certainty, the answer is "unknown", and the guard assumes that every parameter has one.
 */

const TRIVIA = String.raw`(?:\s|\/\*(?:[^*]|\*(?!\/))*\*\/|\/\/[^\n\r\u2028\u2029]*(?=[\n\r\u2028\u2029]))*`;
const WORD = String.raw`[\p{ID_Continue}$]`;
const HEAD = new RegExp(
  `^(?:async(?!${WORD}))?${TRIVIA}(?:function(?!${WORD}))?${TRIVIA}\\*?${TRIVIA}#?${WORD}*${TRIVIA}\\(`,
  'u',
);
const ONE_NAME = new RegExp(`^(?:async\\s+)?${WORD}+${TRIVIA}=>`, 'u');
const MEMBER = new RegExp(`^${TRIVIA}(?:(${WORD}+)|'([^'\\\\]*)'|"([^"\\\\]*)")${TRIVIA}(?=[:=]|$)`, 'u');
const NAME = new RegExp(`^${TRIVIA}(${WORD}+)${TRIVIA}(?:=|$)`, 'u');
const REST = new RegExp(`^${TRIVIA}\\.\\.\\.${TRIVIA}(${WORD}+)?`, 'u');
const ARGUMENTS = new RegExp(`(?<!${WORD})arguments(?!${WORD})`, 'u');
const SPREAD = /\.\.\./gu;
const QUOTE = /['"`]/u;
const APPLY = new RegExp(`(?<!${WORD})(?:apply|call)(?!${WORD})`, 'u');
const ELEMENT_GIVEN = new RegExp(`\\(${TRIVIA}(?:${WORD}|[.,\\s[\\]])*${WORD}${TRIVIA}\\[`, 'u');
const COMMENT = new RegExp(`^(?:${TRIVIA})`, 'u');
const NATIVE = /\{\s*\[native code\]\s*\}\s*$/;

const CLOSING = { __proto__: null, '(': ')', '[': ']', '{': '}' };
const UNKNOWN = { unknown: true, handsOn: false, names: [], defaults: [], nested: false };
const NONE = { unknown: false, handsOn: false, names: [], defaults: [], nested: false };
const sourceOf = Function.prototype.toString;

/**
 * `unknown`: the source cannot be read. Otherwise `names`, those of the parameters that have one; `defaults`, the
 * parameters with a default value: by index, or by name for a function that takes one object; `nested`, whether one is
 * deeper within a destructured parameter; and `handsOn`, whether the function takes a list of arguments and passes it
 * to another function, as wrappers do: that one may have default values.
 */
export function defaultsOf(call, takesObject) {
  const source = Reflect.apply(sourceOf, call, []);
  if (NATIVE.test(source)) return UNKNOWN;
  if (ONE_NAME.test(source)) return NONE;
  const head = HEAD.exec(source);
  const list = head === null ? undefined : elements(source, head[0].length, ')');
  if (list === undefined) return UNKNOWN;
  const body = source.slice(head[0].length + list.reduce((length, { text }) => length + text.length + 1, 0));
  const rest = list.map(({ text }) => REST.exec(text)).find((found) => found !== null);
  const takesList = rest !== undefined || ARGUMENTS.test(source);
  // A list that is taken apart where it is declared hides what is handed on.
  const isPattern = rest !== undefined && rest[1] === undefined;
  return { ...(takesObject ? byName(list) : byIndex(list)), handsOn: takesList && (isPattern || handsOn(body)) };
}

/**
 * Whether a list is spread into the arguments of a call, and not into another list, or is applied, or an element of one is
 * an argument. Quotes may hide a bracket: with them, whatever is spread is taken for handed on.
 */
function handsOn(body) {
  const spread = Array.from(body.matchAll(SPREAD));
  const isGiven = ({ index }) => bracketAround(body, index) === '(';
  return APPLY.test(body) || ELEMENT_GIVEN.test(body) || (spread.length > 0 && (QUOTE.test(body) || spread.some(isGiven)));
}

function bracketAround(body, at) {
  let closed = 0;
  for (let before = at - 1; before >= 0; before -= 1) {
    if (')]}'.includes(body[before])) closed += 1;
    else if ('([{'.includes(body[before]) && closed > 0) closed -= 1;
    else if ('([{'.includes(body[before])) return body[before];
  }
  return undefined;
}

function byIndex(list) {
  const defaults = list.map(({ equals }, index) => (equals < 0 ? -1 : index)).filter((index) => index >= 0);
  const names = list.map(({ text }) => NAME.exec(text)?.[1]);
  return { ...NONE, names, defaults, nested: list.some(({ nested }) => nested) };
}

/** Exactly one object is passed: a default value for the whole of it, or for a second parameter, says nothing about it. */
function byName(list) {
  if (list.length === 0) return NONE;
  const { text, nested } = list[0];
  const before = COMMENT.exec(text)[0].length;
  if (text[before] !== '{') return { ...NONE, nested };
  const members = elements(text, before + 1, '}');
  if (members === undefined) return UNKNOWN;
  const named = members.filter(({ equals }) => equals >= 0).map((member) => MEMBER.exec(member.text));
  if (named.some((found) => found === null)) return UNKNOWN;
  return {
    ...NONE,
    defaults: named.map((found) => found[1] ?? found[2] ?? found[3]),
    nested: members.some((member) => member.nested),
  };
}

/**
 * What is listed between `start` and the bracket `end`: each element's text, where its default value begins, and
 * whether its pattern has default values within. Nothing when it holds what is not read here.
 */
function elements(source, start, end) {
  const found = [];
  const open = [];
  let from = start;
  let equals = -1;
  let nested = false;
  const close = (at) => {
    if (source.slice(from, at).trim() !== '') found.push({ text: source.slice(from, at), equals, nested });
    [from, equals, nested] = [at + 1, -1, false];
  };
  for (let at = start; at < source.length; at += 1) {
    const character = source[at];
    const deepest = open.at(-1);
    if (deepest === undefined && character === end) {
      close(at);
      return found;
    }
    if (character === deepest) open.pop();
    else if (CLOSING[character] !== undefined) open.push(CLOSING[character]);
    else if (character === ')' || character === ']' || character === '}' || character === '\\') return undefined;
    else if (character === ',' && deepest === undefined) close(at);
    else if (character === '=' && equals < 0) {
      if (deepest === undefined) equals = at - from;
      else nested = true;
    } else if (character === "'" || character === '"' || character === '`' || character === '/') {
      const length = skipped(source, at);
      if (length === 0) return undefined;
      at += length - 1;
    }
  }
  return undefined;
}

const SKIPPED = /'(?:[^'\\\n]|\\[^])*'|"(?:[^"\\\n]|\\[^])*"|`(?:[^`\\$]|\\[^]|\$(?!\{))*`|\/\*(?:[^*]|\*(?!\/))*\*\/|\/\/[^\n\r\u2028\u2029]*/y;

/** How long the text or comment is that begins here; 0 for a regular expression, a division, a template with code. */
function skipped(source, at) {
  SKIPPED.lastIndex = at;
  return SKIPPED.exec(source)?.[0].length ?? 0;
}
