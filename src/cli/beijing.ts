/** People here read Beijing time; `--json` keeps UTC. */
export function beijing(time: string): string {
  const text = new Date(time).toLocaleString('sv-SE', { timeZone: 'Asia/Shanghai' });
  return `${text} +08:00`;
}
