/** Type names as agents write them, as Python annotations. Only known names come through, so that a type cannot bring code along. */

const plain: Readonly<Record<string, string>> = {
  str: 'str',
  string: 'str',
  int: 'int',
  integer: 'int',
  float: 'float',
  number: 'float',
  bool: 'bool',
  boolean: 'bool',
  list: 'list',
  array: 'list',
  tuple: 'list',
  dict: 'dict',
  object: 'dict',
  none: 'None',
  null: 'None',
  any: 'Any',
};

export function pythonType(type: string): string {
  const text = type.trim();
  const alternatives = splitOutside(text, '|');
  if (alternatives.length > 1) return union(alternatives.map(pythonType));
  const [, outer, inner] = /^(\w+)\s*\[(.*)\]$/s.exec(text) ?? /^(\w+)\s*<(.*)>$/s.exec(text) ?? [];
  if (outer !== undefined && inner !== undefined) return generic(outer.toLowerCase(), splitOutside(inner, ','));
  if (text.endsWith('[]')) return `list[${pythonType(text.slice(0, -2))}]`;
  return plain[text.toLowerCase()] ?? 'Any';
}

export function optional(type: string): string {
  return type === 'Any' || type === 'None' || type.startsWith('Optional[') ? type : `Optional[${type}]`;
}

function generic(outer: string, inner: readonly string[]): string {
  const members = inner.map(pythonType);
  if ((outer === 'list' || outer === 'array') && members.length === 1) return `list[${members[0]}]`;
  if (outer === 'dict' && members.length === 2) return `dict[str, ${members[1]}]`;
  if (outer === 'optional' && members.length === 1) return optional(members[0]!);
  if (outer === 'union') return union(members);
  return plain[outer] ?? 'Any';
}

function union(members: readonly string[]): string {
  const others = [...new Set(members.filter((member) => member !== 'None'))];
  if (others.length === 0) return 'None';
  const type = others.length === 1 ? others[0]! : others.includes('Any') ? 'Any' : `Union[${others.join(', ')}]`;
  return others.length === members.length ? type : optional(type);
}

/** Splits at a sign that stands in no brackets. */
function splitOutside(text: string, sign: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const character of text) {
    if ('[<('.includes(character)) depth += 1;
    if (']>)'.includes(character)) depth -= 1;
    if (character === sign && depth === 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}
