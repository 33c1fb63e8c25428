import assert from "node:assert/strict";
import { test } from "node:test";
import { signAliyun, signTencent } from "./signatures.ts";

test("signatures give the answers that the vendors print", () => {
  const aliyun = signAliyun({
    access_key_id: "YourAccessKeyId",
    access_key_secret: "YourAccessKeySecret",
    host: "ecs.cn-shanghai.aliyuncs.com",
    action: "RunInstances",
    version: "2014-05-26",
    query: { ImageId: "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", RegionId: "cn-shanghai" },
    at: new Date("2023-10-26T10:22:32Z"),
    nonce: "3156853299f313e23d1673dc12e1703d",
  });
  assert.match(
    aliyun.headers.authorization ?? "",
    /Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0$/,
  );
  const tencent = signTencent({
    secret_id: "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
    secret_key: "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
    host: "cvm.tencentcloudapi.com",
    service: "cvm",
    action: "DescribeInstances",
    version: "2017-03-12",
    region: "ap-guangzhou",
    body: '{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}',
    at: new Date(1_551_113_065_000),
  });
  assert.match(
    tencent.authorization ?? "",
    /Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168$/,
  );
});
