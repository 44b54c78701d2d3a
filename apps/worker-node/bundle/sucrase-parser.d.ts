/** The part of sucrase's parser that `source.ts` uses; its package describes only `transform`. */
declare module 'sucrase/dist/parser/index.js' {
  export function parse(
    code: string,
    isJsx: boolean,
    isTypeScript: boolean,
    isFlow: boolean,
  ): { tokens: { type: number; start: number; end: number }[] };
}

declare module 'sucrase/dist/parser/tokenizer/types.js' {
  export const TokenType: Record<'_import' | '_export' | 'string' | 'parenL' | 'parenR' | 'comma' | 'dot', number>;
}
