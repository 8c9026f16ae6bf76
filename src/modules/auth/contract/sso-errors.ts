/** What can go wrong on the way through another system, and who may do what about it. */
export const ssoPermissions = {
  'sso.read': { zh: '查看单点登录', en: 'Read single sign-on' },
  'sso.propose': { zh: '提出单点登录设置', en: 'Propose single sign-on settings' },
  'sso.approve': { zh: '批准单点登录设置', en: 'Approve single sign-on settings' },
  'sso.bind': { zh: '批准身份绑定', en: 'Approve bindings of identities' },
} as const;

export const ssoErrors = {
  'auth.sso_off': {
    status: 404,
    zh: '这种登录方式没有启用，请换一种方式登录',
    en: 'This way of signing in is not in use; choose another one',
  },
  'auth.sso_expired': {
    status: 400,
    zh: '这次登录已经过期、已经用过，或不是在这个浏览器里开始的；请回到登录页重新开始',
    en: 'This sign-in has expired, was used already, or began in another browser; start again from the sign-in page',
  },
  'auth.sso_declined': {
    status: 403,
    zh: '对方系统没有同意登录（可能您点了取消）；请重新开始，或换一种方式登录',
    en: 'The other system did not agree (perhaps you cancelled); start again or choose another way',
  },
  'auth.sso_unreachable': {
    status: 502,
    zh: '对方的登录系统现在连不上，请稍后再试，或换一种方式登录',
    en: 'The other system cannot be reached now; try again later or choose another way',
  },
  'auth.sso_bad_answer': {
    status: 502,
    zh: '对方系统的应答没有通过校验，没有让您登录；请重新开始，仍不行请告诉系统管理员',
    en: 'The answer of the other system failed our checks, so you were not signed in; start again, else tell the system administrator',
  },
  'auth.sso_not_member': {
    status: 403,
    zh: '您的身份不属于这里登记的组织，不能登录',
    en: 'Your identity does not belong to the organisation that is registered here',
  },
  'auth.sso_account_disabled': {
    status: 403,
    zh: '您的账号已停用，请联系系统管理员',
    en: 'Your account is disabled; ask the system administrator',
  },
  'auth.sso_refused': {
    status: 403,
    zh: '管理员没有同意把这个身份绑定到账号；一天之后可以再次申请，或直接联系管理员',
    en: 'The administrator did not agree to bind this identity; you may ask again after a day, or speak to the administrator',
  },
  'auth.sso_pending': {
    status: 202,
    zh: '您的申请已交给管理员，同意之后就能用这种方式登录',
    en: 'Your request is with your administrator; after the approval you can sign in this way',
  },
  'auth.sso_holder_only': {
    status: 409,
    zh: '系统、安全、审计管理员的账号只能由本人登录后在“账号安全”里申请绑定',
    en: 'An administrator’s account is bound only from its own security page, by its holder',
  },
  'auth.sso_secret_missing': {
    status: 422,
    zh: '请填写密钥',
    en: 'Enter the secret',
  },
  'auth.sso_secret_again': {
    status: 422,
    zh: '改了服务器地址，请重新填写密钥：旧密钥不会发给新地址',
    en: 'The server’s address changed: enter the secret again, the old one is not sent to a new address',
  },
  'auth.sso_secret_unreadable': {
    status: 500,
    zh: '密钥不是用这台机器的密钥文件保存的（data/keys/seal.pem，早先保存的为 secrets.key）；请恢复该文件，或重新填写密钥',
    en: 'The secret was sealed with another key file (data/keys/seal.pem, or secrets.key if it is old); restore that file or enter the secret again',
  },
  'auth.sso_kind_fixed': {
    status: 422,
    zh: '种类不能改，请新建一个',
    en: 'The kind cannot change; create another one',
  },
  'auth.sso_own_proposal': {
    status: 409,
    zh: '提出人、账号本人不能自己批准',
    en: 'Neither the proposer nor the account’s holder can decide it',
  },
  'auth.sso_already_decided': {
    status: 409,
    zh: '已经处理过，或内容已被改动，请刷新后再看',
    en: 'Already decided, or changed meanwhile; reload and look again',
  },
  'auth.sso_already_bound': {
    status: 409,
    zh: '这个账号已经绑定了同一系统里的另一个身份，请先解除',
    en: 'The account is bound to another identity of that system; end that binding first',
  },
  'auth.sso_outside': {
    status: 422,
    zh: '账号 {username} 不在这个登录系统所属单位的范围内',
    en: 'Account {username} is not below the unit that this sign-in system belongs to',
  },
  'auth.sso_no_account': {
    status: 409,
    zh: '还没有对应的账号，请系统管理员先指定',
    en: 'No account stands there yet; the system administrator must name one first',
  },
} as const;
