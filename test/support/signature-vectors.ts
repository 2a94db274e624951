/** Signatures made elsewhere, by other code, which ours must agree with. */
export const pendoVectors: readonly { secret: string; body: string; hex: string }[] = [
  { secret: 's3cret', body: '{}', hex: 'adbde1ce40c89c14215687d5d762a47df6dfaefcfad61e2e86718ffc8498571b' },
  {
    secret: 's3cret',
    body: '{"app":"x","n":1}',
    hex: '4cd9cb6cf6fdcbff9eed9cd62e824e2a6fe50961fc98dda131996b87eb66e584',
  },
  {
    secret: 's3cret',
    body: '{"name":"Zo\u00eb \ud83d\ude80 \u540d"}',
    hex: '6b12a2a1497fff560df7fb4d91b3466e2dce370534f92d42b6bc309e75cfe58d',
  },
  {
    secret: 's3cret',
    body: '{"name":"Zo\\u00eb"}',
    hex: '9a5f3e51873e74184743eb8db5e89729fd54be44358b067ef0e7e56b9312f391',
  },
  { secret: 's3cret', body: '{ "a" : 1 }\n', hex: 'f133532b92cb7c55676803f308415b5e44d323f3d428fe78d0f1d3400463ba48' },
  { secret: 's3cret', body: '{"a":1}\r\n', hex: '9bc18c9fffe8a563395bdbb51f1037d1a4c4c51ba300416a234e5936b3051082' },
  {
    secret: 's3cret',
    body: '[{"a":1},{"a":2}]',
    hex: '84bddcb503093b78cd5fdb27daa825c744f6786c3574a05e3aaeee4dc28ac0ad',
  },
  {
    secret: 's3cret',
    body: '{"id":9007199254740993}',
    hex: '1a952441ab08904432027459251e857057ffe4b1ad3ae83e67fc9511f512f350',
  },
  { secret: 's3cret', body: '{"v":1.10}', hex: '07ddc99716cf7904c818934b4511935cfabc102a9a23973d0ff269dc1609ad88' },
  { secret: 's3cret', body: '', hex: '91dfac70c5348b04e1babb8b421ac92cec08b565b49ca16130dccb72503647b7' },
  {
    secret: 'p@ss w0rd! \u00fcn\u00ef',
    body: '{}',
    hex: '996828c3441ed54ad473316438e754ccd228df82228df6bddf156587e11e2459',
  },
  {
    secret: 'p@ss w0rd! \u00fcn\u00ef',
    body: '{"app":"x","n":1}',
    hex: '1c3448ed6917bed83145f76f7cfb928d3afdcd8ae2f6bb48dfccf303bab08d5c',
  },
  {
    secret: 'p@ss w0rd! \u00fcn\u00ef',
    body: '{"name":"Zo\u00eb \ud83d\ude80 \u540d"}',
    hex: '8a0a1fdf08c17697feb57468c2a7f35d7d023f1fd0e2f81736a3498996409fac',
  },
  {
    secret: 'p@ss w0rd! \u00fcn\u00ef',
    body: '{"name":"Zo\\u00eb"}',
    hex: '56a979042a850af98cbddb15ab9e822ee67bfe41d527bfd0d147d562a9bde4e4',
  },
  {
    secret: 'p@ss w0rd! \u00fcn\u00ef',
    body: '{ "a" : 1 }\n',
    hex: '1f19ee964c9aca495e29b7eea2641b540b811af3002ad5cb867333ab8aa7ddb8',
  },
  {
    secret: 'p@ss w0rd! \u00fcn\u00ef',
    body: '{"a":1}\r\n',
    hex: 'e67c719fc8a57373307bb8288479affc23c43a52a0a024c0189cac04217821dd',
  },
  {
    secret: 'p@ss w0rd! \u00fcn\u00ef',
    body: '[{"a":1},{"a":2}]',
    hex: '608b9022dc5be8a1dfe7bea283e7ae599c1590cdab0906293110376f7a26217f',
  },
  {
    secret: 'p@ss w0rd! \u00fcn\u00ef',
    body: '{"id":9007199254740993}',
    hex: 'e190a41201dc6b17ad2494e78777cf034ea011779af4d9b9dae67298f1f7bebf',
  },
  {
    secret: 'p@ss w0rd! \u00fcn\u00ef',
    body: '{"v":1.10}',
    hex: '81f19b1b2ad182b9b522de81ec902ff9843a2ced93136cbb95a7e17aaf0ad48a',
  },
  {
    secret: 'p@ss w0rd! \u00fcn\u00ef',
    body: '',
    hex: 'a70ab350b63e05afcaa863d4631c4da238bf21629c347e07698c8c2fc1958101',
  },
  { secret: 'x', body: '{}', hex: '9c203d9241e36ada2d59ea0f663a9dd43972e80366f0f0c09306242b661203be' },
  { secret: 'x', body: '{"app":"x","n":1}', hex: 'f1ac767a12d27b4d727df40a91a49e855ba75b9c1a9b0cfe35f1b331803e7e58' },
  {
    secret: 'x',
    body: '{"name":"Zo\u00eb \ud83d\ude80 \u540d"}',
    hex: '9882d550b4bc6e503865a12db8e3315538238c6a8159a69a3e5690e2866598af',
  },
  {
    secret: 'x',
    body: '{"name":"Zo\\u00eb"}',
    hex: 'a6b848c4b98324c47a22a554500249e44c183fef9cb369cd46afc3b300f86c56',
  },
  { secret: 'x', body: '{ "a" : 1 }\n', hex: 'b98ac6d4fc39e8aef87029d8801500b4be74a9a9cfe512e4c87330c087b08008' },
  { secret: 'x', body: '{"a":1}\r\n', hex: '9dd9dbf205b53fc2d45697d1974a3d8a58790916b06fb2181b0380cebfa2f874' },
  { secret: 'x', body: '[{"a":1},{"a":2}]', hex: '4cd3aad471bf6a224a75d82af6b304a9d9b02b35056e66486fc47efd3dec61bd' },
  {
    secret: 'x',
    body: '{"id":9007199254740993}',
    hex: '0967e1cc4190fd63e2bca56115b1d30dd034eefc7f3f19b462aa4c0b01773b86',
  },
  { secret: 'x', body: '{"v":1.10}', hex: '12057d3ecb8666868008d6eab726b61132b290b5b7a66755b1ba3d9440fcdb43' },
  { secret: 'x', body: '', hex: 'f27e6527d6b8408430a666b746070c307f542bb54ee7e6dcb303f3e52c0b09fb' },
  {
    secret: 'kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk',
    body: '{}',
    hex: '75c887706e5a0f3f0bde64ba6dabd79209254a602d7f05f4b66d73bf0e027314',
  },
  {
    secret: 'kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk',
    body: '{"app":"x","n":1}',
    hex: '56238dc4c69d1bae908fa7d98c89421b653fd700205538dcb7c4cfbcf5da1217',
  },
  {
    secret: 'kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk',
    body: '{"name":"Zo\u00eb \ud83d\ude80 \u540d"}',
    hex: 'cef39aa1e07badbc476e348e73f41b8e992c62af0e456bee381369e55f7e7c4f',
  },
  {
    secret: 'kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk',
    body: '{"name":"Zo\\u00eb"}',
    hex: 'cec2debc1bca8dcba518de840444c49010d4bb42dc7c6f4ea7948612cb78b2a5',
  },
  {
    secret: 'kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk',
    body: '{ "a" : 1 }\n',
    hex: '29b377bd0b729715e33271c88398a723d0fc3a4958dba843a5d198974575e44a',
  },
  {
    secret: 'kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk',
    body: '{"a":1}\r\n',
    hex: '1dc66afa877bebb46419abbb35f7cbf35c733de1cfe3182924e4faa791bb80ed',
  },
  {
    secret: 'kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk',
    body: '[{"a":1},{"a":2}]',
    hex: 'cde22941157ac3bb11819ee9c6037038ea85c638802d53362b46348385e95e3e',
  },
  {
    secret: 'kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk',
    body: '{"id":9007199254740993}',
    hex: 'e683c9ef20d10e23b921213935b4fb505f8d7d6bac1ba74557d89e8aca416b28',
  },
  {
    secret: 'kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk',
    body: '{"v":1.10}',
    hex: '7a807322f44e360d58c556a7abd05275c2167b8a2902583b02626e5d4c8fe22b',
  },
  {
    secret: 'kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk',
    body: '',
    hex: '41f1c4cc3107cd5b8d92460f61032902bfdb06484eef17e861b83a5012d3b7f3',
  },
];

export const standardVectors: readonly {
  secret: string;
  id: string;
  timestamp: number;
  body: string;
  signature: string;
}[] = [
  {
    secret: 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
    id: 'msg_own0001',
    timestamp: 1700000000,
    body: '{}',
    signature: 'v1,xxLFJ9QKhfatGidtSFAlDbFPannjADGUetknAUH6yKQ=',
  },
  {
    secret: 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
    id: 'msg_own0001',
    timestamp: 1700000000,
    body: '{"app":"x","n":1}',
    signature: 'v1,lyDIwKaDtrkJPRARsMz3ofzn62JAI0AzLyPt7xh1eog=',
  },
  {
    secret: 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
    id: 'msg_own0001',
    timestamp: 1700000000,
    body: '{"name":"Zo\u00eb \ud83d\ude80 \u540d"}',
    signature: 'v1,9Z5uIUoIgN/WzeW1+e1KIsDc2FrXR5PtsIgywh+tf4k=',
  },
  {
    secret: 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
    id: 'msg_own0001',
    timestamp: 1700000000,
    body: '{"name":"Zo\\u00eb"}',
    signature: 'v1,9E2lWqoSNT7/WkJfJX/Uql9V2YkUm4hQ6mz6IO9ovxA=',
  },
  {
    secret: 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
    id: 'msg_own0001',
    timestamp: 1700000000,
    body: '{ "a" : 1 }\n',
    signature: 'v1,dpA6xyqOXtFhiU9n75cwcj8BYMpiVRPQkrIkHMjo2A0=',
  },
  {
    secret: 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
    id: 'msg_own0001',
    timestamp: 1700000000,
    body: '{"a":1}\r\n',
    signature: 'v1,tZ4T/C2wfHOKAIDzJ3zAmzJvi/5p9LeY41tbYEZMEEg=',
  },
  {
    secret: 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
    id: 'msg_own0001',
    timestamp: 1700000000,
    body: '[{"a":1},{"a":2}]',
    signature: 'v1,cZR1atdgdL2ibwK8wbli2C8WRpFPoKbeBE+LtmP5m+s=',
  },
  {
    secret: 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
    id: 'msg_own0001',
    timestamp: 1700000000,
    body: '{"id":9007199254740993}',
    signature: 'v1,tG9mdVQub4tH5iKNWA9WXCf8Qh/uCjjV0oUqr6XC/Wg=',
  },
  {
    secret: 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
    id: 'msg_own0001',
    timestamp: 1700000000,
    body: '{"v":1.10}',
    signature: 'v1,bs6GSml9udLGkdgVZ4je+cvrCWy2Nvgnos3AfT2Txok=',
  },
  {
    secret: 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
    id: 'msg_own0001',
    timestamp: 1700000000,
    body: '',
    signature: 'v1,TtW5Ea/Roqu1sIh1dNNNWLtYiwkMft9QCpDGbUsebCg=',
  },
];
