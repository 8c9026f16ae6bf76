/** Chinese fonts from npm, for the capture browser and for documents: the machine needs none of its own. */
import { copyFile, link, mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { newId } from '#base/id';
import { openToAll } from '#base/open-to-all';

/** TrueType files with full coverage of GB 18030 level 1 and 2 and Latin. */
export interface FontFiles {
  readonly sans: string;
  readonly sansBold: string;
  readonly serif: string;
  readonly serifBold: string;
}

/** Absolute paths of Noto Sans SC and Noto Serif SC, regular and bold. */
export function fontFiles(): FontFiles {
  const require = createRequire(import.meta.url);
  const sans = dirname(require.resolve('@expo-google-fonts/noto-sans-sc/package.json'));
  const serif = dirname(require.resolve('@expo-google-fonts/noto-serif-sc/package.json'));
  return {
    sans: join(sans, '400Regular', 'NotoSansSC_400Regular.ttf'),
    sansBold: join(sans, '700Bold', 'NotoSansSC_700Bold.ttf'),
    serif: join(serif, '400Regular', 'NotoSerifSC_400Regular.ttf'),
    serifBold: join(serif, '700Bold', 'NotoSerifSC_700Bold.ttf'),
  };
}

/** Names that pages ask for, by the font that stands in for them here. */
const STAND_INS: Readonly<Record<string, readonly string[]>> = {
  'Noto Serif SC':
    'serif,SimSun,宋体,NSimSun,新宋体,STSong,华文宋体,FangSong,仿宋,仿宋_GB2312,KaiTi,楷体,Times New Roman,Georgia'.split(
      ',',
    ),
  'Noto Sans SC':
    'sans-serif,system-ui,monospace,Microsoft YaHei,微软雅黑,SimHei,黑体,DengXian,等线,PingFang SC,苹方,Hiragino Sans GB,STHeiti,华文黑体,Source Han Sans CN,思源黑体,Arial,Helvetica,Helvetica Neue,Tahoma,Verdana,Segoe UI,Roboto,Courier New'.split(
      ',',
    ),
};

/**
 * Makes `dir` a font directory with the four files and a `fonts.conf` for fontconfig; returns that file's path.
 * Only these fonts are offered, so a page looks the same on every machine. Safe to call again and from several
 * processes. Everything in it is readable for all, because the browser runs as somebody else.
 */
export async function writeFontConfig(dir: string): Promise<string> {
  await mkdir(dir, { recursive: true, mode: 0o755 });
  await openToAll(dir, 0o755);
  for (const file of Object.values(fontFiles())) await provide(file, join(dir, basename(file)));
  const target = join(dir, 'fonts.conf');
  const temporary = join(dir, `.${newId()}`);
  await writeFile(temporary, configuration(dir), { mode: 0o644 });
  await openToAll(temporary, 0o644);
  await rename(temporary, target);
  return target;
}

async function provide(from: string, to: string): Promise<void> {
  const wanted = (await stat(from)).size;
  const there = await stat(to).catch(() => undefined);
  if (there?.size === wanted) return openToAll(to, 0o644);
  const temporary = `${to}.${newId()}`;
  // Another file system, or one without hard links: a copy does as well.
  await link(from, temporary).catch(() => copyFile(from, temporary));
  await openToAll(temporary, 0o644);
  await rename(temporary, to);
}

function configuration(dir: string): string {
  // Chromium takes a stand-in only for a strong, explicit match of the name that it asked for.
  const rule = (name: string, use: string) =>
    `  <match target="pattern"><test name="family" qual="any"><string>${escapeXml(name)}</string></test>` +
    `<edit name="family" mode="assign" binding="strong"><string>${use}</string></edit></match>`;
  const rules = Object.entries(STAND_INS).flatMap(([use, names]) => names.map((name) => rule(name, use)));
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>${escapeXml(dir)}</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
${rules.join('\n')}
  <match target="pattern"><edit name="family" mode="append_last"><string>Noto Sans SC</string></edit></match>
</fontconfig>
`;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
