/**
 * What servers refuse, in Chinese, by code; the server's own sentence is English. Only codes that mean one thing
 * wherever they are met: other sentences hold names and figures, and are shown as they came.
 */
export const PROBLEMS_ZH: Readonly<Record<string, string>> = {
  WRONG_CODE: "验证码不正确或已用过",
  WRONG_PASSWORD: "密码不正确",
  PASSWORD_GUESSABLE: "此密码属于常被尝试的密码，请另选一个",
  PASSWORD_UNCHANGED: "新密码与当前密码相同，请另选一个",
  TICKET_OVER: "等待过久或尝试次数过多，请从头开始",
  SIGN_IN_AGAIN: "此操作要求最近 15 分钟内登录过，请重新登录",
  SESSION_OVER: "会话已结束，请重新登录",
  LAST_ADMIN: "这是唯一的管理员，请先设置另一位",
  NO_SECOND_FACTOR: "恢复码用于代替第二验证因素，请先添加一种",
  TOTP_EXISTS: "已有身份验证器应用，请先移除",
  PASSKEY_EXISTS: "此通行密钥已添加过",
  STORE_DOWN: "数据库无应答，未保存任何内容，请重试",
  SERVER_ERROR: "服务器出错，原因见其日志",
};
