# For a release that is signed with a Developer ID and notarized: Homebrew accepts no other.
cask "linode-bandwidth" do
  version "@version@"
  sha256 "@sha256 linode-bandwidth-@version@-macos.zip@"

  url "@url linode-bandwidth-@version@-macos.zip@"
  name "Linode Bandwidth"
  desc "Network transfer of Linode accounts in the menu bar"
  homepage "@homepage@"

  depends_on macos: ">= :big_sur"

  app "Linode Bandwidth.app"
  # Not a link: macOS would look for the application in the link's folder.
  shimscript = "#{staged_path}/linode-bandwidth.wrapper.sh"
  binary shimscript, target: "linode-bandwidth"

  preflight do
    File.write shimscript, <<~EOS
      #!/bin/sh
      exec '#{appdir}/Linode Bandwidth.app/Contents/MacOS/linode-bandwidth' "$@"
    EOS
  end

  uninstall launchctl: "io.github.linode-bandwidth",
            quit:      "io.github.linode-bandwidth"

  zap trash: [
    "~/Library/Application Support/linode-bandwidth",
    "~/Library/LaunchAgents/io.github.linode-bandwidth.plist",
  ]
end
