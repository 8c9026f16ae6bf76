/** What is wrong with the arguments, in both languages: Node's parseArgs says it in English only. */

/** `Unknown option '--bogus'…` and the like; undefined for an error that is not about arguments. */
export function usageWords(error: unknown): { zh: string; en: string } | undefined {
  const { code = '', message = '' } = error as NodeJS.ErrnoException;
  if (!code.startsWith('ERR_PARSE_ARGS')) return undefined;
  const named = /'([^']+)'/.exec(message)?.[1] ?? '';
  switch (code) {
    case 'ERR_PARSE_ARGS_UNKNOWN_OPTION':
      return {
        zh: `没有这个选项：${named}。用 --help 看有哪些；名称以 - 开头的文件写在 -- 之后`,
        en: `There is no option ${named}. --help lists them; a file whose name begins with - goes after --`,
      };
    case 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE':
      return {
        zh: `选项 ${named} 的值不对：要么缺少值，要么不该有值。用 --help 看写法`,
        en: `The value of ${named} is wrong: it is missing, or there should be none. --help tells how to write it`,
      };
    case 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL':
      return {
        zh: `多出了“${named}”。用 --help 看写法`,
        en: `"${named}" is one word too many. --help tells how to write it`,
      };
    default:
      return { zh: `参数不对：${message}`, en: `Bad arguments: ${message}` };
  }
}
