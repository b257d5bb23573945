from ddpm_core.cli.commands import main

main()
