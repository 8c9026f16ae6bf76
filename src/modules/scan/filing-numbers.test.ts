import { describe, expect, it } from 'vitest';
import { findFilingNumbers } from './filing-numbers.ts';
import { findPersonalData } from './personal-data.ts';
import { findSecrecyMarks } from './secrecy.ts';

describe('findFilingNumbers', () => {
  it.each([
    ['浙ICP备05012345号-2', '浙ICP备05012345号-2', true],
    ['京 ICP 备 2021012345 号', '京ICP备2021012345号', true],
    ['备案号：粤icp備１２３４５６７８号', '粤ICP备12345678号', true],
    ['沪ICP证030123号', '沪ICP证030123号', true],
    ['ICP备案号：12345678', 'ICP备12345678号', false],
    ['浙ICP备1234567号', '浙ICP备1234567号', false],
    ['闽ＩＣＰ备２０２４０００００１号－１', '闽ICP备2024000001号-1', true],
    ['闽ICP备2024000001号-1X', '闽ICP备2024000001号-1X', true],
    ['闽 I C P 备 2024 0000 01 号 - 1', '闽ICP备2024000001号-1', true],
    ['闽ICP备\u200b2024000001号', '闽ICP备2024000001号', true],
    ['闽ICP备12345678 0591-88888888', '闽ICP备12345678号', true],
    ['闽ICP备2024000001号-20240101', '闽ICP备2024000001号', true],
    ['闽公網安備35010202001234号', '闽公网安备35010202001234号', true],
    ['浙公网安备 33010602001234号', '浙公网安备33010602001234号', true],
    ['京公网安备11010502030号', '京公网安备11010502030号', true],
    ['浙公网安备 11010502030123号', '浙公网安备11010502030123号', false],
  ])('reads %s', (text, number, isWellFormed) => {
    expect(findFilingNumbers(`版权所有 ${text} 技术支持`)).toMatchObject([{ number, isWellFormed }]);
  });

  it('knows every province, the place, the subject and the region', () => {
    for (const province of '京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川蜀黔贵滇云藏陕秦甘陇青宁新') {
      expect(findFilingNumbers(`${province}ICP备12345678号-1`)[0]).toMatchObject({
        province,
        subject: `${province}ICP备12345678号`,
        site: 1,
        start: 0,
        end: 16,
      });
    }
    expect(findFilingNumbers('蜀公网安备51010402000123号')[0]).toMatchObject({
      region: '510104',
      isWellFormed: true,
    });
    expect(findFilingNumbers('ICP备案须知；公网安备办理')).toEqual([]);
  });
});

describe('findSecrecyMarks', () => {
  it.each([
    '机密★1年',
    '机密☆1年',
    '秘密*3年',
    '绝密＊ 长期',
    '机密 太 10年',
    '秘 密★',
    '秘密⭐️6个月',
    '\n机密 20年\n',
    '密级：机密',
    '密 级: 绝密\n保密期限',
    '机密 食 10年',
  ])('finds %s', (text) => expect(findSecrecyMarks(text)).toHaveLength(1));

  it.each([
    '机密级文件应当由专人保管10年',
    '保守国家秘密是公民的义务，秘密级1年',
    '商业秘密*注：3年内',
    '这个秘密我藏了10年',
    '绝密档案揭秘',
    '* 机密性、完整性、可用性',
    '密级：绝密□ 机密□ 秘密□',
    '密级：秘密、机密或绝密，由定密责任人填写',
    '密级：秘密级事项不得上网',
  ])('takes for language: %s', (text) => expect(findSecrecyMarks(text)).toEqual([]));
});

describe('findPersonalData by form and label', () => {
  const kinds = (text: string) => findPersonalData(text).map(({ kind }) => kind);

  it.each([
    ['家庭住址：杭州市西湖区文三路100号阳光小区3幢2单元501室', 'address'],
    ['家住台州市椒江区海门街道东山村12号', 'address'],
    ['护照号：E12345678', 'passport'],
    ['护照 EJ1234567', 'passport'],
    ['张三 zhangsan@qq.com', 'email'],
    ['家长电话：0576-88812345', 'landline'],
    ['学籍号 G331102201501010019', 'student-number'],
    ['身份证号 330102850101123', 'id-card-15'],
    ['身份证号 330102198501010000', 'id-card-truncated'],
    ['3301021985****123X', 'id-card-weak-mask'],
    ['证件号码：330102****1234', 'id-card-weak-mask'],
    [`姓名 总分${'王一 赵二 钱三 孙四 李五 周六 吴七'.replace(/ /g, ' 298\n')} 301`, 'score-list'],
  ])('finds %s', (text, kind) => expect(kinds(text)).toEqual([kind]));

  it.each([
    '学校地址：杭州市西湖区文三路100号',
    '行政楼3号楼302室',
    '型号 E12345678，批次 G12345678',
    '招生邮箱：school@163.com，info@school.example',
    '学校电话：0576-88812345',
    '学号 15912345678，准考证号：13812345678',
    'IMEI：490154203237518',
    '3301**********1234，138****5678，6222********1234',
    '教师招聘面试成绩公示 姓名 成绩 王一 80 赵二 81 张三 82 孙四 83 李五 84 周六 85',
    '统一社会信用代码 12330100470116548X',
  ])('leaves alone %s', (text) => expect(kinds(text)).toEqual([]));
});
