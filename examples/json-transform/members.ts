/** Members of JSON values by dotted places: `customer.address.city`, `items.0.price`. */

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

export interface Condition {
  member: string;
  is: '=' | '!=' | '<' | '<=' | '>' | '>=' | 'contains' | 'present';
  value?: Json;
}

export function memberAt(value: Json | undefined, place: string): Json | undefined {
  let found = value;
  for (const name of place.split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Record<string, Json>)[name];
  }
  return found;
}

export function picked(record: Json, pick: Record<string, string> | string[]): Json {
  const places = Array.isArray(pick) ? pick.map((place) => [lastName(place), place] as const) : Object.entries(pick);
  return Object.fromEntries(places.map(([name, place]) => [name, memberAt(record, place) ?? null]));
}

export function fits(record: Json, { member, is, value = null }: Condition): boolean {
  const found = memberAt(record, member);
  switch (is) {
    case 'present':
      return found !== undefined;
    case '=':
      return isSame(found, value);
    case '!=':
      return !isSame(found, value);
    case 'contains':
      if (typeof found === 'string') return found.includes(String(value));
      return Array.isArray(found) && found.some((item) => isSame(item, value));
    case '<':
    case '<=':
    case '>':
    case '>=':
      return isComparable(found, value) && compares(is, compare(found!, value));
  }
}

export function order(sortBy: string): (a: Json, b: Json) => number {
  const isDescending = sortBy.startsWith('-');
  const place = isDescending ? sortBy.slice(1) : sortBy;
  return (a, b) => compare(memberAt(a, place) ?? null, memberAt(b, place) ?? null) * (isDescending ? -1 : 1);
}

export function isRecord(value: Json): value is { [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function compares(is: '<' | '<=' | '>' | '>=', difference: number): boolean {
  if (is === '<') return difference < 0;
  if (is === '<=') return difference <= 0;
  return is === '>' ? difference > 0 : difference >= 0;
}

function compare(a: Json, b: Json): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a) < String(b) ? -1 : Number(String(a) > String(b));
}

function isComparable(a: Json | undefined, b: Json): boolean {
  return (typeof a === 'number' || typeof a === 'string') && typeof a === typeof b;
}

function isSame(a: Json | undefined, b: Json): boolean {
  return a === b || (a !== undefined && JSON.stringify(a) === JSON.stringify(b));
}

function lastName(place: string): string {
  return place.slice(place.lastIndexOf('.') + 1);
}
