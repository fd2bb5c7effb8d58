# For addon developers: `node-gyp rebuild` at the root. Never published at the root; see
# addon/binding.gyp, which this only points to.
{
  'targets': [
    {
      'target_name': 'all',
      'type': 'none',
      'dependencies': ['addon/binding.gyp:ddblite']
    }
  ]
}
