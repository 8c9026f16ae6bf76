/** The words from which the synthetic city is put together. None of these counties or schools exists. */

export interface CountyName {
  readonly code: string;
  readonly name: string;
  readonly seat: string;
}

export const CITY_CODE = 'example';
export const CITY_NAME = '示例市教育局';

/** The one routing domain: inside addresses are unique in the whole city. */
export const REALM = 'metro';

export const COUNTIES: readonly CountyName[] = [
  { code: 'chenghu', name: '澄湖区', seat: '澄湖街道' },
  { code: 'yunqi', name: '云栖县', seat: '栖凤街道' },
  { code: 'bilan', name: '碧澜县', seat: '澜湾镇' },
  { code: 'jintang', name: '锦塘县', seat: '塘前街道' },
  { code: 'shijian', name: '石笕县', seat: '石门坊镇' },
  { code: 'luxi', name: '鹭溪县', seat: '白鹭滩镇' },
  { code: 'zhuyu', name: '竹屿县', seat: '竹口镇' },
  { code: 'fengao', name: '枫岙县', seat: '枫林坳镇' },
  { code: 'heling', name: '禾岭市', seat: '禾丰街道' },
];

/** What a county's six schools are called, with the kind digits of their 学校标识码. */
export const COUNTY_SCHOOLS: readonly (readonly [name: string, kind: string])[] = [
  ['第一中学', '31'],
  ['实验小学', '21'],
  ['育英中学', '31'],
  ['第二小学', '21'],
  ['职业中等专业学校', '36'],
  ['中心幼儿园', '11'],
];

/** Schools that hang directly under the city bureau. */
export const DIRECT_SCHOOLS: readonly (readonly [name: string, kind: string])[] = [
  ['示例市高级中学', '34'],
  ['示例市外国语学校', '31'],
  ['示例市实验学校', '31'],
  ['示例市附属小学', '21'],
  ['示例市特殊教育学校', '51'],
  ['示例市中等职业技术学校', '36'],
];

export const SURNAMES =
  '赵钱孙李周吴郑王冯陈蒋沈韩杨朱秦许何吕张孔曹严金魏陶姜戚谢邹喻柏水窦章云苏潘葛范彭郎鲁韦马苗方俞任袁柳';
export const GIVEN_FIRST = '文晓思雨子明志建海丽春秋嘉怡俊宇欣佳若清云瑞书诗远景';
export const GIVEN_SECOND = '华平涵轩宁婷杰琳航蕾峰妍博雯鹏萱凯洁然毅瑶晨菲安';

export const ROOMS: readonly string[] = [
  '行政楼101 办公室',
  '行政楼205 教务处',
  '教学楼A 301 教室',
  '教学楼A 402 教室',
  '教学楼B 201 教师办公室',
  '教学楼B 305 教师办公室',
  '实验楼 物理准备室',
  '图书馆 电子阅览室',
];

export const COMPUTER_ROOMS: readonly string[] = ['信息楼201 微机室一', '信息楼203 微机室二'];

export const NETWORK_ROOM = '信息楼104 网络机房';
