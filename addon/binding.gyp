# The addon by node-gyp: `node-gyp rebuild -C addon`. The package ships this file here and none at
# its root, because package managers run or block a build when they see one there.
# lib/build.cjs compiles the same lists with a plain cc.
{
  'targets': [
    {
      'target_name': 'ddblite',
      'sources': [
        '<!@(node sources.cjs own)',
        '<!@(node sources.cjs sqlite)'
      ],
      'include_dirs': ['<!@(node sources.cjs includes)'],
      'defines': [
        'NAPI_VERSION=8',
        'NDEBUG',
        '<!@(node sources.cjs defines)'
      ],
      'cflags': ['-std=c11', '-O2', '-fvisibility=hidden', '-w'],
      'cflags!': ['-O3'],
      'xcode_settings': {
        'GCC_C_LANGUAGE_STANDARD': 'c11',
        'GCC_OPTIMIZATION_LEVEL': '2',
        'GCC_SYMBOLS_PRIVATE_EXTERN': 'YES',
        'MACOSX_DEPLOYMENT_TARGET': '11.0',
        'WARNING_CFLAGS': ['-w']
      },
      'msvs_settings': {
        'VCCLCompilerTool': {'AdditionalOptions': ['/std:c11'], 'WarningLevel': 0}
      },
      'conditions': [
        ['OS=="win"', {'libraries': ['bcrypt.lib']}]
      ]
    }
  ]
}
